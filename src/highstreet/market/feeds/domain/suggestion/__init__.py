"""What a file's columns probably are: evidence from their names and values in, a reasoned assignment out."""
