"""Settlement: what merchants are paid, when, and the statements that tell why."""
