"""The pure rules of the capacity guard."""
