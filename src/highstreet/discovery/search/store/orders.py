"""What the maker of a segment and the processes that help it say to each other: one line of JSON each."""

from typing import Final

import msgspec

from highstreet.discovery.search.store.parts import Part
from highstreet.market.catalog.domain.categories import CategoryTree
from highstreet.market.catalog.domain.changes import LiveSpan
from highstreet.market.catalog.domain.places import Division


class Start(msgspec.Struct, frozen=True):
    """The first line: where to read, and what. `handles` are the files of all helpers, `own` is the helper's number.

    It goes through a pipe, since the address may hold a password.
    """

    database_url: str
    snapshot: str
    categories: CategoryTree
    held: tuple[str, ...]
    divisions: tuple[Division, ...]
    handles: tuple[int, ...]
    own: int


class Read(msgspec.Struct, frozen=True, tag="read"):
    """Make a draft of these spans."""

    spans: tuple[LiveSpan, ...]


class Join(msgspec.Struct, frozen=True, tag="join"):
    """Make a segment of these drafts, and write it to `path`. Nothing is read afterwards."""

    parts: tuple[Part, ...]
    path: str


class Began(msgspec.Struct, frozen=True, tag="began"):
    """The snapshot is taken over: whoever shared it may go on."""


class Drafted(msgspec.Struct, frozen=True, tag="drafted"):
    """The spans are read, which hold `deals`; what is kept of them is in `part`."""

    part: Part
    deals: int


class Written(msgspec.Struct, frozen=True, tag="written"):
    """The segment is on the disk."""


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """It cannot be done, for a reason that a user may read."""

    reason: str


ORDERS: Final = msgspec.json.Decoder[Read | Join](Read | Join)
ANSWERS: Final = msgspec.json.Decoder[Began | Drafted | Written | Failed](Began | Drafted | Written | Failed)
