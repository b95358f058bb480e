"""What is offered: places, categories, merchants with their locations, and deals with their options and terms."""
