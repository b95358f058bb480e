"""How words of a mapping and of a feed compare, and what a misspelt one may have meant."""

import difflib


def fold(text: str) -> str:
    """How texts of [places] and [categories] compare: without regard to case and runs of space."""
    return " ".join(text.casefold().split())


def nearest(word: str, known: list[str]) -> str:
    """A hint such as `; did you mean title?` that closes a sentence about a name that does not exist."""
    close = difflib.get_close_matches(word, known, n=2, cutoff=0.6)
    if close:
        return f"; did you mean {' or '.join(map(_shown, close))}?"
    shown = ", ".join(map(_shown, sorted(known)[:12]))
    return f"; there are: {shown}" + (", …" if len(known) > 12 else "") if known else ""


def _shown(name: str) -> str:
    """A name from elsewhere, short and fit for a terminal."""
    return (name if name.isprintable() else ascii(name))[:60]
