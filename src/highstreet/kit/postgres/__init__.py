"""PostgreSQL from a wheel, for whoever brings none: set up, started, shared and stopped without an administrator.

The server listens on a Unix socket in a directory that only its owner (and root) can enter, and on no port: nothing to
collide with, no password to keep, and nobody else on the machine can reach it.
"""
