"""The reference of mappings in the docs says what the code does, and its example is a mapping that works."""

import re
from pathlib import Path

import pytest

from highstreet.market.feeds import service as feeds
from highstreet.market.feeds.domain.mapping import KINDS, TABLES, FieldsTable, described, parse_mapping
from highstreet.market.feeds.domain.transforms import TRANSFORMS, Kind, Transform

GUIDE = (Path(__file__).parents[3] / "docs" / "importing.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("table", "key", "description"),
    [(table.__name__, key, description) for table in TABLES for key, description in described(table)],
)
def test_every_key_of_a_mapping_is_in_the_guide_with_the_words_of_the_code(
    table: str, key: str, description: str
) -> None:
    assert description, f"{table}.{key} has no description"
    assert re.search(rf"^\| `{key}` \| {re.escape(description)}(;| \|)", GUIDE, re.MULTILINE), f"{key}: {description}"


@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=lambda transform: transform.name)
def test_every_transform_is_in_the_guide_with_the_words_of_the_code(transform: Transform) -> None:
    assert f"| `{transform.name}` | {transform.gives} | {transform.summary} |" in GUIDE


def test_the_guide_says_what_each_field_needs() -> None:
    for field, _ in described(FieldsTable):
        assert re.search(rf"^\| `{field}` \| .* \| {KINDS.get(field, Kind.TEXT)} \|$", GUIDE, re.MULTILINE), field


def test_the_guides_example_is_a_good_mapping() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    assert parse_mapping(example, "example").feed.name == "lakeside_weekly"


def test_the_guide_names_every_mapping_that_comes_along() -> None:
    for name in feeds.shipped_mappings():
        assert f"`{name}`" in GUIDE
