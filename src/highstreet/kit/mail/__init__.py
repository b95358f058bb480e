"""Mail: letters in the words of their feature, queued with what they tell of, sent by a worker."""
