"""The market: what is offered, sold, redeemed and paid, and the proof of it."""
