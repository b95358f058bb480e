"""The SQL of promotions and credit, on the PostgreSQL schema `promotions`."""
