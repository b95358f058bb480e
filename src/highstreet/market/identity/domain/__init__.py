"""Types and pure rules of identity: accounts and addresses, roles, secrets that people choose and carry."""
