"""What was ordered: stock and holds, quotes, orders and their states, refunds."""
