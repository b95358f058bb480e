"""Types and pure rules of promotions and credit."""
