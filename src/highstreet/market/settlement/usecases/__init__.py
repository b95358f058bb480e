"""What can be done about settling, one module a subject."""
