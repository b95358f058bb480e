"""The SQL of identity, one module a topic, on the PostgreSQL schema `identity`."""
