"""The use cases behind the door of the feeds."""
