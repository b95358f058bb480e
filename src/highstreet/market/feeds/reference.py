"""The reference of the mapping language, as the page `docs/mapping.md`: made from the tables and the transforms."""

import sys

import msgspec

from highstreet.kit import generated
from highstreet.market.feeds.domain.mapping import KINDS, TABLES, FieldsTable, Mapping, described
from highstreet.market.feeds.domain.steps import Kind
from highstreet.market.feeds.domain.transforms import TRANSFORMS

NAME = "mapping.md"

_HEADER = """# The language of mappings

Every table and key of a mapping, and every transform. How a mapping is written is told in [importing.md](importing.md).
Generated: `python -m highstreet.market.feeds.reference > docs/mapping.md`
"""


def page() -> str:
    """The whole page."""
    return _HEADER + "".join(_section(table) for table in TABLES) + _categories() + _transforms()


def _section(table: type[msgspec.Struct]) -> str:
    title, _, rest = (table.__doc__ or "").partition(":")
    says = " ".join(rest.split())
    lines = [f"\n## {title.strip()}\n\n{says[:1].upper()}{says[1:]}\n\n"]
    if table is FieldsTable:
        lines.append("| field | is | needs |\n|---|---|---|\n")
        lines += [f"| `{key}` | {_cell(says)} | {_needs(key)} |\n" for key, says in described(table)]
    else:
        lines.append("| key | is |\n|---|---|\n")
        lines += [f"| `{key}` | {_cell(says)}{_default(table, key)} |\n" for key, says in described(table)]
    return "".join(lines)


def _needs(field: str) -> str:
    return "flags" if field == "weekdays" else str(KINDS.get(field, Kind.TEXT))


def _default(table: type[msgspec.Struct], key: str) -> str:
    """What holds where a key is not set, if that is a text."""
    (field,) = (field for field in msgspec.structs.fields(table) if field.encode_name == key)
    return f"; unless set, `{field.default}`" if isinstance(field.default, str) else ""


def _categories() -> str:
    says = dict(described(Mapping))["categories"]
    return f"\n## `[categories]`\n\n{says[:1].upper()}{says[1:]}. Without a mapped category, deals have none.\n"


def _transforms() -> str:
    lines = [
        "\n## Transforms\n\nThe last step of a field has to give what the field needs.\n\n",
        "| transform | gives | does |\n|---|---|---|\n",
    ]
    lines += [f"| `{step.name}` | {step.gives} | {_cell(step.summary)} |\n" for step in TRANSFORMS.values()]
    return "".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(generated.tell(page(), NAME, sys.argv[1:]))
