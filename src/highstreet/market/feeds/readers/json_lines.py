"""JSON Lines: one object on each line."""

import re
from collections.abc import Iterator
from pathlib import Path

from highstreet.kit.errors import InvalidInput
from highstreet.market.feeds.domain.rows import Reject, Row
from highstreet.market.feeds.readers import json_rows
from highstreet.market.feeds.readers.limits import MAX_DEPTH, MAX_ROW_CHARACTERS

_BRACKETS = re.compile(r'(?:[^"\[\]{}]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+(?:([\[{])|([\]}])|(")|\Z)', re.DOTALL)
"""A bracket, the quote of a string without end, or the end; whole strings and all else before it are passed over."""


def rows(copy: Path, name: str) -> Iterator[Row | Reject]:
    """Every line that is not empty. Raises InvalidInput where the file as a whole is not JSON Lines, or cut short."""
    with copy.open(encoding="utf-8", errors="surrogatepass", newline="") as text:
        number, begun = 0, False
        while line := text.readline(MAX_ROW_CHARACTERS + 1):
            number += 1
            if len(line) > MAX_ROW_CHARACTERS:
                raise InvalidInput.at(name, f"line {number} is larger than {MAX_ROW_CHARACTERS // 2**20} MiB")
            bare = line.strip(" \t\r\n")
            if not bare:
                continue
            if not begun and not bare.startswith("{"):
                raise InvalidInput.at(name, f"is not JSON Lines: line {number} is no object; is it json, or csv?")
            begun = True
            if not line.endswith(("\n", "\r")) and not bare.endswith("}"):
                raise InvalidInput.at(name, f"is cut short: it ends in the middle of line {number}; fetch it again")
            yield json_rows.row(number, bare, _depth(bare))


def _depth(text: str) -> int:
    """How deep the text is nested, below its own object. Brackets within strings do not count."""
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return 0
    depth = deepest = 0
    for found in _BRACKETS.finditer(text):
        if found[3]:
            break  # no JSON, as the parser will say; to look for strings behind every further quote would take for ever
        depth += bool(found[1]) - bool(found[2])
        deepest = max(deepest, depth)
    return deepest
