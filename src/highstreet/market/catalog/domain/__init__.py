"""Types and pure rules of the catalogue: deals and their states, fine print, places."""
