"""A mapping that is wrong says so in one sentence with its line, before any row is read."""

import pytest

from highstreet.kit.errors import InvalidInput
from highstreet.market.feeds import service as feeds
from highstreet.market.feeds.domain.parsing import parse_mapping


@pytest.mark.parametrize(
    ("right", "wrong", "line", "sentence"),
    [
        ("[feed]", "[fed]", 5, "'fed' is not known here; did you mean feed"),
        ('currency = "USD"', 'curency = "USD"', 7, "'curency' is not known here; did you mean currency?"),
        ('currency = "USD"', 'currency = "USX"', 7, "'USX' is not an ISO 4217 currency code"),
        ("title = {", "tittle = {", 20, "did you mean title?"),
        ('from = "town"', 'form = "town"', 24, "fields.place.form: 'form' is not known here; did you mean from?"),
        ('["money"]', '["mony"]', 21, "'mony' is not a transform; did you mean money?"),
        ('["money"]', "[]", 21, "price needs money, but the steps give text; end with one of: money"),
        ('["money"]', '["money", "strip"]', 21, "only the last step may give something other than text"),
        ('"collapse"]', '"money"]', 20, "title needs text, but the steps give money; leave that step out"),
        ("radius_km = 80", "radius_km = 0", 15, "division.radius_km: expected `float` > 0.0"),
        (
            'format = "json"',
            'format = "jsn"',
            3,
            "invalid enum value 'jsn'; wanted: csv, json, jsonl, xml, sqlite or parquet",
        ),
        ('format = "json"', 'format = "sqlite"', 3, "sqlite needs file.table"),
        ('format = "json"', 'format = "csv"\nrows = "deals"', 4, "only a JSON or XML file has members"),
        ('format = "json"', 'format = "json"\ntable = "deals"', 4, "only a SQLite file has tables"),
        ('format = "json"', 'format = "json"\nencoding = "utf-99"', 4, "'utf-99' is not the name of a text encoding"),
        ('format = "json"', 'format = "json"\nencoding = "rot13"', 4, "'rot13' is not the name of a text encoding"),
        ('format = "json"', 'format = "csv"\ndelimiter = \'"\'', 4, "cannot be a quote"),
        ("America/Chicago", "America/Chigaco", 8, "is not an IANA time zone"),
        ("12:00:00-05:00", "12:00:00", 9, "expected `datetime` with a timezone"),
        ('country = "US"', 'country = "us"', 27, "wanted: ISO 3166 code"),
        ('"Chicago Area"', '"SHAUMBURG,  IL"', 30, "already stands in places.division"),
        ('{ from = "town" }', '{ from = "town", date_format = "%Y" }', 24, "place is not a date"),
        ('{ from = "town" }', '{ from = "town", decimal = "," }', 24, "place is not money"),
        ('place = { from = "town" }', 'category = { from = "town" }', 24, "needs the table [categories]"),
        ('slug = "chicago"', 'slug = "Chicago!"', 12, "wanted: its name in addresses"),
        ("key = {", "url_ = {", 18, "did you mean url"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_what_would_be_right(
    mapping_text: str, right: str, wrong: str, line: int, sentence: str
) -> None:
    assert right in mapping_text
    with pytest.raises(InvalidInput) as caught:
        parse_mapping(mapping_text.replace(right, wrong, 1), "lakeside.toml")
    message = str(caught.value)
    assert message.startswith("lakeside.toml line ")
    assert sentence in message
    assert f"line {line}," in message
    assert "\n" not in message


def test_a_required_field_that_is_missing_is_named(mapping_text: str) -> None:
    with pytest.raises(InvalidInput, match=r"line \d+, fields: 'price' is required here"):
        parse_mapping(mapping_text.replace("price =", "#"), "lakeside.toml")
    with pytest.raises(InvalidInput, match="'file' is required here"):
        parse_mapping("", "lakeside.toml")


def test_what_is_not_toml_is_told_with_its_place() -> None:
    with pytest.raises(InvalidInput, match=r"is not TOML: .*line 2"):
        parse_mapping("[file]\nformat = \n", "lakeside.toml")


@pytest.mark.parametrize("name", feeds.shipped_mappings())
def test_every_mapping_that_comes_with_the_package_is_good(name: str) -> None:
    assert feeds.load_mapping(name).feed.name == name


def test_a_name_that_is_no_mapping_is_answered_with_the_nearest() -> None:
    with pytest.raises(InvalidInput, match="did you mean livingsocial_sf"):
        feeds.load_mapping("livingsocal_sf")
    with pytest.raises(InvalidInput, match="cannot be read: No such file"):
        feeds.load_mapping("nowhere/lakeside.toml")
