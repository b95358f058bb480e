"""What can be done with the catalogue, one module a topic; `service` is the door to all of them."""
