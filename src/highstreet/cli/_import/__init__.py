"""What `highstreet import` can do, one file a command."""
