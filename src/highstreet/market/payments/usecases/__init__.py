"""What can be done with payments; `service` is the door."""
