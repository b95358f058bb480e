"""Readers of feed files: CSV, JSON, JSON Lines, XML and SQLite, plain or packed, as a stream of rows."""
