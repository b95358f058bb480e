"""XML feeds: every shape that shops write, and nothing that XML can do to its reader."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pytest

from highstreet.kit.errors import InvalidInput
from highstreet.market.feeds.domain.mapping import Mapping
from highstreet.market.feeds.domain.parsing import parse_mapping
from highstreet.market.feeds.domain.rows import Reject, Row
from highstreet.market.feeds.readers import xml_rows
from highstreet.market.feeds.readers.feed import open_feed

Cells = dict[str, str | None]
Refuse = Callable[[str | bytes], str]
Open = Callable[[str | bytes], list[Row | Reject]]

GOOGLE = """<?xml version="1.0"?>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>
<title>Lakeside deals</title><link>https://deals.example</link>
<item id="7">
  <link>https://deals.example/1-tour</link>
  <title><![CDATA[Tour & <b>tea</b>]]></title>
  <g:price>19.00 USD</g:price>
  <g:additional_image_link>https://deals.example/a.png</g:additional_image_link>
  <g:additional_image_link>https://deals.example/b.png</g:additional_image_link>
  <g:shipping><g:country>US</g:country><g:price>0 USD</g:price></g:shipping>
  <g:shipping><g:country>CA</g:country></g:shipping>
  <empty/>
</item>
</channel></rss>"""


@pytest.fixture
def cells(tmp_path: Path) -> Callable[..., list[Cells]]:
    """The cells of every row of a file, as the reader alone gives them."""

    def make(text: str, element: str | None = None) -> list[Cells]:
        file = tmp_path / "feed.xml"
        file.write_text(text, encoding="utf-8")
        found = list(xml_rows.rows(file, "feed.xml", element))
        assert all(isinstance(row, Row) for row in found)
        return [row.cells for row in found if isinstance(row, Row)]

    return make


@pytest.fixture
def xml_mapping(mapping_text: str) -> Mapping:
    fields = mapping_text.replace('value = { from = "usual", transforms = ["money"] }\n', "")
    fields = fields.replace('ends_at = { from = "ends", transforms = ["instant"] }\n', "")
    return parse_mapping(fields.replace('place = { from = "town" }\n', "").replace('"json"', '"xml"'), "lakeside.toml")


@pytest.fixture
def read_rows(xml_mapping: Mapping, tmp_path: Path) -> Open:
    def make(content: str | bytes) -> list[Row | Reject]:
        file = tmp_path / "feed.xml"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        with open_feed(file, xml_mapping) as feed:
            return list(feed.rows())

    return make


@pytest.fixture
def refusal(read_rows: Open) -> Refuse:
    """The one sentence that refuses a file."""

    def make(content: str | bytes) -> str:
        with pytest.raises(InvalidInput) as caught:
            read_rows(content)
        message = str(caught.value)
        assert message.startswith("feed.xml: ")
        assert "\n" not in message
        return message

    return make


def item(inner: str) -> str:
    good = "<link>https://deals.example/1-tour</link><title>Tour</title><price>19</price>"
    return f"<rss><channel><item>{good}{inner}</item></channel></rss>"


def test_googles_fields_are_read_by_the_names_that_the_file_has(cells: Callable[..., list[Cells]]) -> None:
    (row,) = cells(GOOGLE)
    assert row == {
        "@id": "7",
        "link": "https://deals.example/1-tour",
        "title": "Tour & <b>tea</b>",
        "g:price": "19.00 USD",
        "g:additional_image_link": "https://deals.example/a.png",
        "g:additional_image_link.1": "https://deals.example/b.png",
        "g:shipping.g:country": "US",
        "g:shipping.g:price": "0 USD",
        "g:shipping.1.g:country": "CA",
        "empty": "",
    }


def test_atom_and_any_other_xml_have_rows_too(cells: Callable[..., list[Cells]]) -> None:
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>Deals</title><entry><id>1</id>'
        '<link rel="alternate" href="https://deals.example/1"/><link rel="enclosure" href="https://deals.example/1.png"/>'
        "</entry></feed>"
    )
    assert cells(atom) == [
        {
            "id": "1",
            "link": "",
            "link.@rel": "alternate",
            "link.@href": "https://deals.example/1",
            "link.1": "",
            "link.1.@rel": "enclosure",
            "link.1.@href": "https://deals.example/1.png",
        }
    ]
    assert cells("<shop><deal n='1'>a</deal><x><deal n='2'><deal>inner</deal></deal></x></shop>", "deal") == [
        {"@n": "1", ".": "a"},
        {"@n": "2", "deal": "inner"},
    ]
    assert cells("<rss><channel/></rss>") == []
    with pytest.raises(InvalidInput, match="is neither RSS nor Atom but <shop>; set rows under"):
        cells("<shop/>")
    with pytest.raises(InvalidInput, match=r"has no element .deel. .*; did you mean deal"):
        cells("<shop><deals><deal-x/></deals></shop>", "deel")


def test_rows_come_out_the_same_wherever_a_chunk_ends(
    cells: Callable[..., list[Cells]], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = GOOGLE.replace("Tour", "Tøur 🎉 お茶")
    whole = cells(text)
    for size in (1, 2, 3, 7, 64):
        monkeypatch.setattr(xml_rows, "_CHUNK_BYTES", size)
        assert cells(text) == whole


@pytest.mark.parametrize(
    "hostile",
    [
        '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE rss [<!ENTITY f SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1/feed.dtd">',
        '<!DOCTYPE rss [<!ENTITY % p SYSTEM "http://127.0.0.1/"> %p;]>',
        "<!DOCTYPE rss>",
    ],
)
def test_a_document_type_is_refused_before_it_does_anything(hostile: str, refusal: Refuse) -> None:
    assert "states a document type" in refusal(hostile + item("<a>&b;&f;</a>"))


def test_xml_cut_short_anywhere_is_refused(refusal: Refuse) -> None:
    whole = item("<a b='c'>é</a><![CDATA[x]]>").encode()
    for kept in range(1, len(whole)):
        message = refusal(whole[:kept])
        assert "cut short" in message or "neither RSS nor Atom" in message, whole[:kept]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (item("<a>").replace("</item>", "</b>"), "is not well-formed XML: mismatched tag (line 1)"),
        (item("<a>\0</a>"), "not well-formed"),
        (item("<a>&nbsp;</a>"), "undefined entity"),
        (item("<a b='1' b='2'/>"), "duplicate attribute"),
        (item("") + "<rss/>", "junk after document element"),
        ("nonsense", "is not well-formed XML"),
        ('[{"a": 1}]', "is not well-formed XML"),
        ("<a>" * 5_000, "set rows under [file]"),
        (item("<a>" * 5_000 + "</a>" * 5_000), "is nested more than 1,000 elements deep"),
        (item("<a>" + "x" * (17 * 2**20) + "</a>"), "holds a row or a tag larger than 16 MiB"),
        (item("<a b='" + "x" * (17 * 2**20) + "'/>"), "holds a row or a tag larger than 16 MiB"),
        (item("<a b='" + "x" * (40 * 2**20)), "holds a row or a tag larger than 16 MiB"),
        (item(f"<{'a' * 17 * 2**20}/>"), "holds a row or a tag larger than 16 MiB"),
        (b"<?xml version='1.0' encoding='utf-99'?><rss/>", "declares the encoding 'utf-99', which does not exist"),
        (b"<?xml version='1.0' encoding='utf-8'?><rss>\xe9</rss>", "line 1 is not utf-8"),
        (b"<rss>\xe9</rss>", "line 1 is not utf-8"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) and len(value) < 100 else "",
)
def test_xml_that_cannot_be_trusted_gets_one_sentence(content: str | bytes, why: str, refusal: Refuse) -> None:
    began = perf_counter()
    assert why in refusal(content)
    assert perf_counter() - began < 20


@pytest.mark.parametrize(
    ("encoding", "declared"), [("cp1252", "Windows-1252"), ("shift_jis", "Shift_JIS"), ("utf-16", "UTF-16")]
)
def test_xml_is_read_in_the_encoding_that_it_declares(encoding: str, declared: str, read_rows: Open) -> None:
    title = "お茶" if encoding != "cp1252" else "Crème"
    text = f'<?xml version="1.0" encoding="{declared}"?>' + item("").replace("Tour", title)
    (row,) = read_rows(text.encode(encoding))
    assert isinstance(row, Row)
    assert row.cells["title"] == title


def test_hostile_rows_cost_themselves_only(read_rows: Open) -> None:
    rows = (
        item("<a>" * 100 + "</a>" * 100),
        item("<a/>" * 10_000),
        item("<a " + " ".join(f"b{number}=''" for number in range(10_000)) + "/>"),
        item("<a>" * 31 + "</a>" * 31),
    )
    inner = "\n".join(row.removeprefix("<rss><channel>").removesuffix("</channel></rss>") for row in rows)
    deep, wide, attributes, good = read_rows(f"<rss><channel>{inner}</channel></rss>")
    assert deep == Reject(line=1, field=None, value=None, reason="is nested 100 levels deep; at most 32 can be read")
    assert wide == Reject(line=2, field=None, value=None, reason="has more than 1,000 elements and attributes")
    assert isinstance(attributes, Reject)
    assert isinstance(good, Row)
    assert good.line == 4


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    one = item("").removeprefix("<rss><channel>").removesuffix("</channel></rss>")
    file = tmp_path / "feed.xml"
    peaks: list[int] = []
    for count in (10_000, 40_000):
        file.write_text(f"<rss><channel>{one * count}</channel></rss>")
        tracemalloc.start()
        assert sum(1 for _ in xml_rows.rows(file, "feed.xml", None)) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.5
