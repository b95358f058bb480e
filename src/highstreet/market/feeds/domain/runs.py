"""What an import did."""

import msgspec


class ImportSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did, or with `dry_run` would do. `accepted` is new, changed and same together."""

    feed: str
    source: str
    """The name of the file, or the address without its query."""
    rows: int
    accepted: int
    rejected: int
    new: int
    changed: int
    same: int
    by_reach: dict[str, int]
    """Accepted deals by where they can be used."""
    rejected_by_field: dict[str, int]
    ended: int
    """How many of the accepted deals are over, so that nobody finds them."""
    shifted_days: int
    dry_run: bool
    found: dict[str, str]
    """What the mapping left open about the file and was found in it, where that is not the usual: keys of `[file]`."""
    never_stated: list[str]
    """Mapped fields that no row states, where the file does not say beforehand what its rows may state."""
