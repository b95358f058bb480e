"""The SQL of orders, one module a topic, on the PostgreSQL schema `orders`."""
