"""Saved searches, and the deals that they are told of as these go live."""
