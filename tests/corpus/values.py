"""Cells: prices, dates, links and texts that are none, each beside a row that is good."""

from random import Random

from tests.corpus import rows
from tests.corpus.cases import Case, Ending, Kind, feed, mapping

_FIRST = "https://deals.example/1-tour"
_PRICES = {
    "negative": "-19", "negative_currency": "-$19.00", "accounting": "(19.00)", "infinite": "Infinity",
    "negative_infinite": "-inf", "not_a_number": "NaN", "exponent": "1e308", "overflowing": "1e999",
    "too_many_digits": "9" * 40, "beyond_64_bits": "92233720368547758.08", "hexadecimal": "0x13", "underscores": "1_9",
    "other_digits": "１９", "arabic_digits": "١٩", "range": "19-29", "words": "call us", "other_currency": "€19",
    "two_currencies": "$19 EUR", "too_exact": "19.999", "two_marks": "1.9.9", "grouped_wrong": "1,9", "only_a_mark": ".",
    "only_a_currency": "$", "fraction": "19½", "superscript": "19⁹", "formula": "=19+1", "formula_command": "=cmd|' /C calc'!A0",
    "plus": "+19", "at": "@SUM(19)", "spaces_within": "1 9", "control": "1\x7f9", "million_digits": "1" * 60_000,
}  # fmt: skip
_DATES = {
    "year_0": "0000-01-01T00:00:00Z", "all_zeros": "0000-00-00 00:00:00", "year_1": "0001-01-01T00:00:00+14:00",
    "year_9999": "9999-12-31T23:59:59Z", "year_9999_west": "9999-12-31T23:59:59-14:00", "year_10000": "10000-01-01T00:00:00Z",
    "negative_year": "-0044-03-15T00:00:00Z", "two_digit_year": "27-01-02T00:00:00", "american": "01/02/2027 10:00",
    "month_13": "2027-13-01T00:00:00Z", "february_30": "2027-02-30T00:00:00Z", "hour_25": "2027-01-01T25:00:00Z",
    "leap_second": "2016-12-31T23:59:60Z", "offset_99": "2027-01-01T00:00:00+99:99", "only_a_day": "2027-01-01",
    "a_number": "1767225600", "infinite": "infinity", "a_word": "tomorrow", "week": "2027-W01-1T25:00", "million_digits": "2" * 60_000,
    "ended_before_it_began": "1989-12-31T23:59:59Z",
}  # fmt: skip
_TITLES = {
    "only_space": "\u3000 \u00a0", "lost_letters": "Caf\ufffd", "wrong_encoding": "cafÃ© crÃ¨me", "line_break": "Boat\ntour",
    "line_separator": "Boat\u2028tour", "escape": "Boat \x1b[2J tour", "too_long": "Boat " * 100, "c1_control": "Boat \x85 tour",
    "surrogate": "Boat \ud800 tour", "delete": "Boat \x7f tour",
}  # fmt: skip
_LINKS = {
    "script": "javascript:alert(1)//2-x", "data": "data:text/html,<script>alert(1)</script>/2-x", "file": "file:///etc/2-passwd",
    "no_host": "http:///2-x", "name_and_password": "https://shop:secret@deals.example/2-x", "space": "https://deals.example/a b/2-x",
    "too_long": "https://deals.example/" + "a" * 3_000 + "/2-x", "broken_host": "http://[::1/2-x", "port_99999": "http://deals.example:99999/2-x",
    "relative": "/deals/2-x", "no_number": "https://deals.example/tour", "no_path": "https://deals.example", "words": "ask us",
    "line_break": "https://deals.example/\r\nX: 1/2-x",
}  # fmt: skip
_INERT = {
    "formula": '=HYPERLINK("http://evil.example","Free")', "formula_command": "=cmd|' /C calc'!A0", "plus": "+1+1", "minus": "-2+3",
    "at": "@SUM(A1:A9)", "markup": "<script>alert(1)</script>", "template": "{{ 7*7 }} ${7*7} <%= 7*7 %>", "sql": "'); DROP TABLE deals;--",
    "format": "%s%n {0.__class__}", "path": "../../etc/passwd", "entity": "&lt;b&gt; &xxe;",
}  # fmt: skip


def family(_: Random) -> list[Case]:
    return [
        *(_cell(f"price_{name}", "price", text, "price ") for name, text in _PRICES.items()),
        *(_cell(f"date_{name}", "ends", text, "ends_at ") for name, text in _DATES.items()),
        *(_cell(f"title_{name}", "title", text, "title ") for name, text in _TITLES.items()),
        *(_cell(f"link_{name}", "link", text) for name, text in _LINKS.items()),
        *(_inert(name, text) for name, text in _INERT.items()),
        *_pairs(),
    ]


def _cell(name: str, column: str, text: str, says: str = "") -> Case:
    """A row that is refused for that field. As JSON, which can state anything: half of a surrogate pair, control characters and line breaks."""
    shown = text if len(text) <= 60 else f"{text[:20]}… ({len(text):,} signs)"
    content = rows.as_json([rows.good(1), rows.changed(**{column: text})])
    return feed(name, f"{column} {shown!r}", content, Ending.REJECTED, says, file="feed.json")


def _inert(name: str, text: str) -> Case:
    content = rows.as_csv([rows.good(1), rows.changed(title=text)])
    return feed(f"inert_{name}", f"the title {text!r}", content, Ending.INERT, text)


def _pairs() -> list[Case]:
    """Cells that are good each, and not together."""
    return [
        feed("value_below_price", "a usual price below the price", rows.as_csv([rows.good(1), rows.changed(price="38", usual="19")]), Ending.REJECTED, "usual price below"),
        feed("value_negative", "a negative usual price", rows.as_csv([rows.good(1), rows.changed(usual="-38")]), Ending.REJECTED, "is not an amount"),
        feed("price_empty", "no price", rows.as_csv([rows.good(1), rows.changed(price="")]), Ending.REJECTED, "is not stated"),
        feed("title_empty", "no title", rows.as_csv([rows.good(1), rows.changed(title="")]), Ending.REJECTED, "is not stated"),
        feed("key_twice", "a key that another row has", rows.as_csv([rows.good(1), rows.good(1)]), Ending.REJECTED, "is already the key of line 2"),
        feed("place_refused", "a place that nobody can tell", rows.as_csv([rows.good(1), rows.changed(town="Springfield")]), Ending.REJECTED, "could be any of them"),
        feed("place_without_region", "a town without its region", rows.as_csv([rows.good(1), rows.changed(town="Chicago")]), Ending.REJECTED),
        feed("place_of_many_signs", "a place of a thousand signs", rows.as_csv([rows.good(1), rows.changed(town="Chicago, " * 300)]), Ending.REJECTED),
        Case(
            name="date_two_digits_1969",
            wrong="a year of two digits that a pattern takes for 1969",
            kind=Kind.FEED,
            ending=Ending.REJECTED,
            says="1990 to 2100",
            content=lambda: rows.as_csv([rows.changed(ends="01/02/27", link=_FIRST), rows.changed(ends="01/02/69")]),
            mapping=mapping("csv").replace(
                'transforms = ["instant"] }', 'transforms = ["start_of_day"], date_format = "%m/%d/%y" }'
            ),
        ),
    ]  # fmt: skip
