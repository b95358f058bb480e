"""What can be done about who somebody is, one module a topic; `service` is the door to all of them."""
