"""Payments: what shoppers pay, get back and dispute, through one port to a provider; card data never reaches us."""
