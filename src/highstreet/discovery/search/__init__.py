"""Finding deals: by words, near a point, under filters, in an order, a page at a time, from memory."""
