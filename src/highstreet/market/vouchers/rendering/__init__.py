"""Vouchers as pictures and files."""
