"""How words of a mapping and of a feed compare, and what a misspelt one may have meant."""

import difflib


def fold(text: str) -> str:
    """How texts of [places] and [categories] compare: without regard to case and runs of space."""
    return " ".join(text.casefold().split())


def nearest(word: str, known: list[str]) -> str:
    """A hint such as `; did you mean title?` that closes a sentence about a name that does not exist."""
    close = difflib.get_close_matches(word, known, n=2, cutoff=0.6)
    if close:
        return f"; did you mean {' or '.join(map(shown, close))}?"
    listed = ", ".join(map(shown, sorted(known)[:12]))
    return f"; there are: {listed}" + (", …" if len(known) > 12 else "") if known else ""


def shown(text: str, longest: int = 60) -> str:
    """Text from elsewhere, short and fit for a terminal."""
    cut = text if len(text) <= longest else f"{text[:longest]}…"
    return cut if cut.isprintable() else ascii(cut)[1:-1]


def is_encoding(name: str) -> bool:
    """Whether `name` is that of a text encoding that can be used."""
    try:
        " ".encode(name)
    except (LookupError, ValueError):  # ValueError: a NUL in the name, and the encoding that is called undefined
        return False
    return True
