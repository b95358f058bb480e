"""The catalogue's SQL, one module a topic, on the PostgreSQL schema `catalog`."""
