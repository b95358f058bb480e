"""Limits that the system holds a process to."""

import resource


def lower(kind: int, most: int) -> None:
    """From here on this process and its children have at most so much of `kind`, one of `resource.RLIMIT_*`.

    Never more than the hard limit that already holds.
    """
    _, hardest = resource.getrlimit(kind)
    allowed = most if hardest == resource.RLIM_INFINITY else min(most, hardest)
    resource.setrlimit(kind, (allowed, allowed))
