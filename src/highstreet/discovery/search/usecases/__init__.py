"""What search does beside answering."""
