"""What a reader hands over: rows of text, and rows that could not even be read."""

import msgspec

SHOWN_VALUE = 200
"""How many characters of a refused value are kept for the person who reads the rejects."""


class Row(msgspec.Struct, frozen=True):
    """One record of a feed file. An absent or null cell is None; every other cell is the text that the file states."""

    line: int
    """Where it starts: the line of a text file, the row of a table; the first is 1."""
    cells: dict[str, str | None]


class Reject(msgspec.Struct, frozen=True, kw_only=True):
    """A row that was left out, and why."""

    line: int
    field: str | None
    """The mapping's field, or None when the row could not be taken apart at all."""
    value: str | None
    """What the file states there, cut after SHOWN_VALUE characters."""
    reason: str


class Unusable(Exception):
    """The one thing that makes a row unusable, raised inside the rules; it becomes a Reject.

    `reason` goes on after the value: "'call us' is not an amount in USD".
    """

    def __init__(self, reason: str, *, field: str | None = None, value: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field
        self.value = value


def reject(line: int, reason: str, *, field: str | None = None, value: str | None = None) -> Reject:
    """A Reject whose value is cut to what a person wants to see, and can be written down: half of a pair is escaped."""
    if value is not None and len(value) > SHOWN_VALUE:
        value = f"{value[:SHOWN_VALUE]}… ({len(value):,} characters)"
    if value is not None:
        value = value.encode("utf-8", "backslashreplace").decode("utf-8")
    return Reject(line=line, field=field, value=value, reason=reason)
