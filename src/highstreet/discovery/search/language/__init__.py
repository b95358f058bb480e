"""Language: from text to stored words, and from the words of a question to what a segment is searched for."""
