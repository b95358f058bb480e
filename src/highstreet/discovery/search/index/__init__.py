"""The columns: deals as arrays that all processes of a machine share, and the compiled kernel that reads them."""
