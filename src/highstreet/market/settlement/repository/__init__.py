"""The SQL of settlement."""
