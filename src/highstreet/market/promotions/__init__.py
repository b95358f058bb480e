"""What takes something off a price: promotion codes, and credit that buyers have."""
