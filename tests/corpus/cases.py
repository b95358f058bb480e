"""What a case of the corpus is: something damaged or hostile, and how Highstreet has to end when it meets it."""

from collections.abc import Callable
from enum import StrEnum
from random import Random

import msgspec


class Kind(StrEnum):
    """Which door the case goes through."""

    FEED = "feed"
    MAPPING = "mapping"
    PICTURE = "picture"
    ADDRESS = "address"


class Ending(StrEnum):
    """How it has to end."""

    REFUSED = "refused"
    """One sentence, and nothing is used."""
    REJECTED = "rejected"
    """Rows are refused, each with its reason; the good row beside them is used."""
    INERT = "inert"
    """What looks dangerous is kept as the text that it is."""
    CONTAINED = "contained"
    """Any of these, or the damage changes nothing that is looked at."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One case. It keeps within `seconds` of processor time and `mebibytes` of memory, child processes included."""

    name: str
    wrong: str
    """What is wrong with it."""
    kind: Kind
    ending: Ending
    says: str = ""
    """Part of the sentence, or of the reason of its first reject."""
    content: Callable[[], bytes] = bytes
    """Of the file; made only when it is written."""
    file: str = "feed.csv"
    mapping: str = ""
    address: str = ""
    seconds: float = 10.0
    mebibytes: int = 400


Family = Callable[[Random], list[Case]]

COLUMNS = ("link", "title", "price", "usual", "ends", "town")
GOOD = ("https://deals.example/1-tour", "Boat tour", "19", "38", "2027-01-01T00:00:00Z", "Chicago, IL")
"""A row that can be used."""

_MAPPING = """
[file]
format = "{format}"
{more}

[feed]
name = "lakeside"
currency = "USD"
time_zone = "America/Chicago"
language = "{language}"

[division]
slug = "chicago"
name = "Chicago"
place = "Chicago, IL"
radius_km = 80

[fields]
key = {{ from = "link", transforms = ["last_segment", "leading_number"] }}
url = {{ from = "link", transforms = ["strip"] }}
title = {{ from = "title" }}
price = {{ from = "price", transforms = ["money"] }}
value = {{ from = "usual", transforms = ["money"] }}
ends_at = {{ from = "ends", transforms = ["instant"] }}
place = {{ from = "town" }}

[places]
country = "US"

[places.refused]
"Springfield" = "could be any of them"
"""


def mapping(file_format: str, more: str = "", language: str = "en") -> str:
    """A mapping for the columns above; `more` goes on the table [file]."""
    if file_format == "sqlite" and "table" not in more:
        more += 'table = "deals"'
    return _MAPPING.format(format=file_format, more=more, language=language)


def feed(
    name: str,
    wrong: str,
    content: bytes | Callable[[], bytes],
    ending: Ending = Ending.REFUSED,
    says: str = "",
    *,
    file: str = "feed.csv",
    more: str = "",
    language: str = "en",
    seconds: float = 10.0,
    mebibytes: int = 400,
) -> Case:
    """A damaged feed file, whose name says its format."""
    return Case(
        name=name,
        wrong=wrong,
        kind=Kind.FEED,
        ending=ending,
        says=says,
        content=content if callable(content) else lambda: content,
        file=file,
        mapping=mapping(file.split(".")[1], more, language),
        seconds=seconds,
        mebibytes=mebibytes,
    )


def flipped(content: bytes, at: int, number: int = 1) -> bytes:
    """The same with some bytes turned over."""
    return content[:at] + bytes(byte ^ 0xFF for byte in content[at : at + number]) + content[at + number :]
