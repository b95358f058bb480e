"""All SQL of vouchers."""
