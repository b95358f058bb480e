"""The rules of vouchers, without input and output."""
