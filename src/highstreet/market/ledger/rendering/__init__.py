"""Lines of accounts as files."""
