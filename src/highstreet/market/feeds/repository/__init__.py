"""All SQL of the feeds."""
