"""What can be done with promotions and credit; `service` is the door to all of it."""
