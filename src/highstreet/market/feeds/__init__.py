"""Other people's deals: a mapping says which field of a file is what, and the catalogue gets what the file states."""
