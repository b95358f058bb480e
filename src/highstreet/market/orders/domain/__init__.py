"""Types and pure rules of orders: carts, quotes, states, what facts say."""
