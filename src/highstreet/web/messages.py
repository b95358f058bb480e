"""Collects the text of templates and code into the catalogues: `python -m highstreet.web.messages`.

Translations that stand are kept; a new text stands empty until somebody translates it, and a test fails until then.
"""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import cast

from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from highstreet.web.i18n import DOMAIN, languages, po_file
from highstreet.web.templating import EXTENSIONS, TRIM_BLOCKS

_PACKAGE = Path(__file__).parent.parent
_METHODS = [
    ("**/templates/**.html", "jinja2"),
    ("web/**.py", "python"),
    ("market/catalog/domain/fine_print.py", "python"),
    ("market/vouchers/domain/redemptions.py", "python"),
]
_OPTIONS = {
    "**/templates/**.html": {
        "extensions": ",".join(EXTENSIONS),
        "trim_blocks": str(TRIM_BLOCKS).lower(),
        "lstrip_blocks": str(TRIM_BLOCKS).lower(),
        "silent": "false",
    },
}
_HEADER = r"""msgid ""
msgstr ""
"Project-Id-Version: {domain}\n"
"Language: {code}\n"
"Plural-Forms: {plural}\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"

"""
"""What an editor of catalogues needs to know, and nothing that changes with the day."""


def collect() -> Catalog:
    """Every text of the pages, each with the file that it stands in."""
    found = Catalog(domain=DOMAIN, fuzzy=False)
    for name, _line, message, comments, context in _texts():
        found.add(message, None, [(f"{_PACKAGE.name}/{name}", 1)], auto_comments=comments, context=context)
    return found


def updated(code: str, template: Catalog) -> bytes:
    """The catalogue of a language brought up to date with `template`, as its file should read."""
    with po_file(code).open("rb") as source:
        catalogue = read_po(source, locale=code, domain=DOMAIN)
    catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    header = _HEADER.format(domain=DOMAIN, code=code, plural=catalogue.plural_forms)
    written = BytesIO()
    write_po(
        written, catalogue, width=120, omit_header=True, include_lineno=False, sort_output=True, ignore_obsolete=True
    )
    return header.encode() + written.getvalue()


def _texts() -> Iterator[tuple[str, int, str | tuple[str, ...], list[str], str | None]]:
    yield from extract_from_dir(_PACKAGE, _METHODS, _OPTIONS, {**DEFAULT_KEYWORDS, "translate": None})


def main() -> int:
    template = collect()
    for language in languages()[1:]:
        text = updated(language.code, template)
        po_file(language.code).write_bytes(text)
        missing = sum(1 for message in read_po(BytesIO(text)) if message.id and not _is_translated(message.string))
        sys.stdout.write(f"{language.name}: {len(template)} texts, {missing} to translate\n")
    return 0


def _is_translated(text: object) -> bool:
    return all(cast("tuple[str, ...]", text)) if isinstance(text, tuple) else bool(text)


if __name__ == "__main__":
    raise SystemExit(main())
