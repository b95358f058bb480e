"""The reference of mappings in the docs says what the code does, and its example is a mapping that works."""

import re
from pathlib import Path

import pytest

from highstreet.kit import generated
from highstreet.market.feeds import reference
from highstreet.market.feeds import service as feeds
from highstreet.market.feeds.domain.mapping import TABLES, described
from highstreet.market.feeds.domain.parsing import parse_mapping
from highstreet.market.feeds.domain.steps import Transform
from highstreet.market.feeds.domain.transforms import TRANSFORMS

GUIDE = (Path(__file__).parents[3] / "docs" / "importing.md").read_text(encoding="utf-8")


def test_the_reference_of_mappings_is_what_the_code_says() -> None:
    assert generated.kept_file(reference.NAME).read_text(encoding="utf-8") == reference.page(), (
        "run: python -m highstreet.market.feeds.reference > docs/mapping.md"
    )


@pytest.mark.parametrize(
    ("table", "key", "description"),
    [(table.__name__, key, description) for table in TABLES for key, description in described(table)],
)
def test_every_key_of_a_mapping_is_described(table: str, key: str, description: str) -> None:
    assert description, f"{table}.{key} has no description"
    assert f"| `{key}` | {description}" in reference.page()


@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=lambda transform: transform.name)
def test_every_transform_says_what_it_does(transform: Transform) -> None:
    assert f"| `{transform.name}` | {transform.gives} | {transform.summary} |" in reference.page()


def test_the_guides_example_is_a_good_mapping() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    assert parse_mapping(example, "example").feed.name == "lakeside_weekly"


def test_the_guide_names_every_mapping_that_comes_along() -> None:
    for name in feeds.shipped_mappings():
        assert f"`{name}`" in GUIDE
