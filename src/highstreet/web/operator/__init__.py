"""An operator's pages: what waits for a decision, orders with what became of them, and the books."""
