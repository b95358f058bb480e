"""What a mail says, once for both of its parts, in the words that its feature keeps in `mails/<language>.toml`.

A wording has a `subject`, `paragraphs`, and where it is wanted the label of an `action` (a link to follow) and
`closing` paragraphs behind it. `{name}` in a text stands for a value that is given.
"""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Final

import msgspec

FALLBACK: Final = "en"


class Wording(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A letter with its values left out."""

    subject: str
    paragraphs: tuple[str, ...]
    action: str | None = None
    closing: tuple[str, ...] = ()


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """`rows` are a label and a value each, such as a receipt's lines; `link` is where the action leads."""

    subject: str
    language: str
    paragraphs: tuple[str, ...]
    rows: tuple[tuple[str, str], ...] = ()
    action: str | None = None
    link: str | None = None
    closing: tuple[str, ...] = ()


def write(
    package: str,
    name: str,
    language: str,
    values: Mapping[str, str],
    *,
    link: str | None = None,
    rows: Sequence[tuple[str, str]] = (),
) -> Letter:
    """The letter `name` of a feature's package, in `language` where there are words for it and else in English.

    A value is one line of text whatever it holds. Raises KeyError for a letter that there is not, or a value that its
    words need.
    """
    written = wordings(package)
    spoken = language if name in written.get(language, {}) else FALLBACK
    words = written[spoken][name]
    flat = {key: " ".join(value.split()) for key, value in values.items()}

    def filled(texts: Sequence[str]) -> tuple[str, ...]:
        return tuple(text.format_map(flat) for text in texts)

    (subject,) = filled([words.subject])
    return Letter(
        subject=subject,
        language=spoken,
        paragraphs=filled(words.paragraphs),
        rows=tuple(rows),
        action=words.action,
        link=link,
        closing=filled(words.closing),
    )


@cache
def wordings(package: str) -> Mapping[str, Mapping[str, Wording]]:
    """Every letter of a package by its name, by language."""
    files = resources.files(package) / "mails"
    return {
        file.name.removesuffix(".toml"): msgspec.convert(
            tomllib.loads(file.read_text(encoding="utf-8")), dict[str, Wording]
        )
        for file in files.iterdir()
        if file.name.endswith(".toml")
    }
