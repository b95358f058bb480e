"""The capacity guard: whether a merchant can serve what a deal may sell, what is left of it, and a brake."""
