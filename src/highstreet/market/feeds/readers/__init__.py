"""Readers of feed files: CSV, JSON, JSON Lines, XML, SQLite and Parquet, plain or packed, as a stream of rows."""
