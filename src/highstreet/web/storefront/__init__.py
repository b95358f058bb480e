"""What shoppers see: pages rendered on the server that work without JavaScript."""
