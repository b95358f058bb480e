"""The demonstration: an invented catalogue that says that it is one, and the processes that show it."""
