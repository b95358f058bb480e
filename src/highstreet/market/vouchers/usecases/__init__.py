"""What can be done with vouchers."""
