"""The whole installation in one file, and back: the file brings the rows, the migrations make the tables."""
