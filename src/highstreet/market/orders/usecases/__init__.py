"""What can be done with orders, one module a topic; `service` is the door to all of them."""
