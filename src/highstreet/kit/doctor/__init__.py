"""What `highstreet doctor` asks: a module a concern, each with its checks as data and its rules as pure functions."""
