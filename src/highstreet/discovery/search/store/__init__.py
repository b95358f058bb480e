"""How the search index lives on disk, and how it reaches every process of a machine and other machines."""
