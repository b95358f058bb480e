"""Readers of feed files: CSV, JSON and SQLite, plain or compressed, as a stream of rows."""
