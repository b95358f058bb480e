"""How shoppers and deals find each other."""
