"""Text: in another encoding than it says, in several at once, or with rows and columns that are none."""

from random import Random

from tests.corpus import rows
from tests.corpus.cases import Case, Ending, feed

MEBIBYTE = 2**20
_KINDS = {"csv": rows.as_csv, "json": rows.as_json, "jsonl": rows.as_json_lines, "xml": rows.as_xml}
_HEAD = b"link,title,price,usual,ends,town\n"
_ROW = b'https://deals.example/1-tour,Boat tour,19,38,2027-01-01T00:00:00Z,"Chicago, IL"\n'
_OTHER = _ROW.replace(b"/1-", b"/2-")


def family(rng: Random) -> list[Case]:
    return [*_unmarked(), *_encodings(), *_declared(), *_columns(), *_quotes(), *_lines(rng), *_large()]


def _unmarked() -> list[Case]:
    """UTF-16 and UTF-32 without a byte order mark."""
    return [
        feed(f"{encoding.replace('-', '')}_{kind}", f"{kind} in {encoding} without a byte order mark",
             make([rows.good(1)]).decode().encode(encoding), Ending.CONTAINED if kind == "xml" else Ending.REFUSED, file=f"feed.{kind}")
        for kind, make in _KINDS.items()
        for encoding in ("utf-16-le", "utf-16-be", "utf-32-le")
    ]  # fmt: skip


def _encodings() -> list[Case]:
    japanese = rows.as_csv([rows.good(1), rows.changed(title="二名様ランチコース")]).decode()
    french = rows.as_csv([rows.good(1), rows.changed(title="Dégustation à l'été")]).decode()
    mixed = (
        french.encode()
        + rows.as_csv([rows.changed(link="https://deals.example/3-a", title="Crème brûlée")])
        .decode()
        .encode("cp1252")
        .split(b"\n", 1)[1]
    )
    return [
        feed("shift_jis_declared_utf8", "Shift-JIS that the mapping declares as UTF-8", japanese.encode("shift_jis"), says="is not utf-8", more='encoding = "utf-8"'),
        feed("shift_jis_for_polish", "Shift-JIS in a feed whose language is Polish", japanese.encode("shift_jis"), says="is not utf-8", language="pl"),
        feed("shift_jis_and_euc_jp", "Shift-JIS in one half and EUC-JP in the other", japanese.encode("shift_jis") + japanese.split("\n", 1)[1].encode("euc_jp"), says="is not utf-8", language="ja"),
        feed("shift_jis_for_english", "Shift-JIS in a feed whose language is English", japanese.encode("shift_jis"), says="is not utf-8"),
        feed("euc_jp_cut", "EUC-JP that ends within a letter", japanese.encode("euc_jp").rstrip() + "二".encode("euc_jp")[:1], says="is not utf-8", language="ja"),
        feed("euc_jp_for_russian", "EUC-JP in a feed whose language is Russian", japanese.encode("euc_jp"), says="is not utf-8", language="ru"),
        feed("gb18030_undeclared", "GB18030 that nobody declares", japanese.encode("gb18030"), says="is not utf-8", language="zh"),
        feed("utf8_declared_shift_jis", "UTF-8 that the mapping declares as Shift-JIS", japanese.encode(), Ending.CONTAINED, more='encoding = "shift_jis"'),
        feed("utf8_declared_ascii", "UTF-8 that the mapping declares as ASCII", french.encode(), says="is not ascii", more='encoding = "ascii"'),
        feed("utf8_declared_utf16", "UTF-8 that the mapping declares as UTF-16", french.encode() + b"x", more='encoding = "utf-16"'),
        feed("cp1252_declared_utf8", "Windows-1252 that the mapping declares as UTF-8", french.encode("cp1252"), says="is not utf-8", more='encoding = "utf-8"'),
        feed("utf8_declared_cp1252", "UTF-8 that the mapping declares as Windows-1252", french.encode(), Ending.REJECTED, "reads like text in the wrong encoding", more='encoding = "cp1252"'),
        feed("mixed_utf8_and_cp1252", "UTF-8 in one half and Windows-1252 in the other", mixed, Ending.REJECTED, "reads like text in the wrong encoding"),
        feed("cp1252_undefined_byte", "a byte that neither UTF-8 nor Windows-1252 has", french.encode("cp1252").replace(b"\xe9", b"\x81"), says="is not utf-8"),
        feed("utf8_surrogate", "half of a surrogate pair in UTF-8", _HEAD + _ROW + _OTHER.replace(b"tour,", b"tour \xed\xa0\x80,"), says="is not utf-8", more='encoding = "utf-8"'),
        feed("utf8_overlong", "a sign in UTF-8 that is longer than it may be", _HEAD + _ROW + _OTHER.replace(b"tour,", b"tour \xc0\xaf,"), says="is not utf-8", more='encoding = "utf-8"'),
        feed("utf8_beyond", "a sign beyond Unicode", _HEAD + _ROW + _OTHER.replace(b"tour,", b"tour \xf7\xbf\xbf\xbf,"), says="is not utf-8", more='encoding = "utf-8"'),
        feed("utf8_ends_within", "UTF-8 that ends within a sign", _HEAD + _ROW + "Café".encode()[:-1], says="is cut short", more='encoding = "utf-8"'),
        feed("utf16_odd", "UTF-16 with an odd number of bytes", "\ufeff".encode("utf-16-le") + _HEAD.decode().encode("utf-16-le") + b"x", says="is cut short"),
        feed("utf16_half_pair", "UTF-16 with half of a surrogate pair", "\ufeff".encode("utf-16-le") + _HEAD.decode().encode("utf-16-le") + b"\x00\xd8,\x00", file="feed.csv"),
        feed("utf16_declared_twice", "UTF-16 that the mapping declares as UTF-8", french.encode("utf-16"), says="is UTF-16", more='encoding = "utf-8"'),
        feed("xml_other_encoding", "XML that declares UTF-16 and is UTF-8", rows.as_xml([rows.good(1)]).replace(b'"1.0"?', b'"1.0" encoding="utf-16"?'), file="feed.xml"),
        feed("xml_no_such_encoding", "XML that declares an encoding that does not exist", rows.as_xml([rows.good(1)]).replace(b'"1.0"?', b'"1.0" encoding="x-none"?'), says="does not exist", file="feed.xml"),
        feed("xml_undefined_encoding", "XML that declares the encoding 'undefined'", rows.as_xml([rows.good(1)]).replace(b'"1.0"?', b'"1.0" encoding="undefined"?'), file="feed.xml"),
        feed("xml_idna_encoding", "XML that declares the encoding 'idna'", rows.as_xml([rows.good(1)]).replace(b'"1.0"?', b'"1.0" encoding="idna"?'), Ending.CONTAINED, file="feed.xml"),
        feed("xml_latin_is_not_utf8", "XML in Latin-1 that declares nothing", rows.as_xml([rows.changed(title="Crème")]).decode().encode("latin-1"), says="is not utf-8", file="feed.xml"),
    ]  # fmt: skip


def _declared() -> list[Case]:
    """Encodings of Python that are no encodings of a feed."""
    content = rows.as_csv([rows.good(1)])
    return [
        feed(f"declared_{name.replace('-', '_')}", f"the mapping declares the encoding {name!r}", content, ending, more=f"encoding = {name!r}")
        for name, ending in {
            "undefined": Ending.REFUSED, "rot13": Ending.REFUSED, "zlib": Ending.REFUSED, "base64": Ending.REFUSED,
            "idna": Ending.CONTAINED, "punycode": Ending.CONTAINED, "unicode_escape": Ending.CONTAINED,
            "utf-7": Ending.CONTAINED, "mbcs": Ending.REFUSED, "cp037": Ending.REFUSED,
        }.items()
    ]  # fmt: skip


def _columns() -> list[Case]:
    wide = ",".join(f"c{number}" for number in range(10_000)).encode()
    return [
        feed("columns_10000", "a header of 10,000 columns", _HEAD.strip() + b"," + wide + b"\n" + _ROW, says="has 10,006 columns"),
        feed("row_10000", "a row of 10,000 columns", _HEAD + _ROW + b"x," * 10_000 + b"\n", Ending.REJECTED, "has 10,001 columns"),
        feed("columns_twice", "a header that names a column twice", b"link,title,title,price,usual,ends,town\n", says="names the column 'title' twice"),
        feed("columns_none", "a header of nothing but commas", b",,,,,\n" + _ROW, says="has no header"),
        feed("columns_missing", "no header at all", _ROW + _OTHER, says="has no "),
        feed("columns_control", "a header with a control character", _HEAD.replace(b"usual", b"usu\x07al") + _ROW, says="names a column"),
        feed("columns_one_long", "a header whose one column has 2 million letters", b"x" * 2_000_000 + b"\n" + _ROW, says="has no "),
        feed("delimiter_other", "another delimiter than the mapping says", rows.as_csv([rows.good(1)], ";"), says="has no ", more='delimiter = ","'),
        feed("row_short", "a row of too few columns", _HEAD + b"https://deals.example/2-x,Tour\n" + _ROW, Ending.REJECTED, "has 2 columns"),
        feed("row_long", "a row of too many columns", _HEAD + _OTHER.strip() + b",more\n" + _ROW, Ending.REJECTED, "has 7 columns"),
        feed("mapping_columns_other", "other columns than the mapping names for a file without a header", _ROW, more='columns = ["link", "title"]', says="has no "),
        feed("html_page", "a page that says that the feed has moved", b"<!doctype html><html><body>Moved</body></html>", says="has no "),
        feed("binary", "a program under the name of a CSV file", b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 40),
    ]  # fmt: skip


def _quotes() -> list[Case]:
    return [
        feed("quote_never_closed", "a quote that is never closed", _HEAD + b'https://deals.example/2-x,"Boat tour,19,38,,\n' + _ROW.replace(b'"', b""), says="never closed"),
        feed("quote_out_of_place", "a quote in the middle of a cell", _HEAD + _OTHER.replace(b"Boat tour", b'"Boat" tour') + _ROW, Ending.REJECTED, "quote out of place"),
        feed("quote_never_closed_large", "a quote that is never closed in 30 MiB", lambda: _HEAD + b'x,"Boat\n' + _ROW.replace(b'"', b"") * 400_000, says="is larger than 16 MiB"),
        feed("quotes_only", "nothing but a million quotes", b'"' * 1_000_001),
        feed("cut_within_row", "a file that ends within a row", _HEAD + _ROW + _OTHER[:40], says="is cut short"),
        feed("cut_within_quote", "a file that ends within a quote", _HEAD + _ROW + _OTHER[:-6], says="is cut short"),
    ]  # fmt: skip


def _lines(rng: Random) -> list[Case]:
    breaks = (b"\n", b"\r\n", b"\r")
    mixed = _HEAD.strip() + b"".join(
        rng.choice(breaks) + rows.as_csv([rows.good(number)]).split(b"\n")[1] for number in range(1, 60)
    )
    return [
        feed("newlines_mixed", "line breaks of three kinds, and one within a row", mixed + b"\rhttps://deals.example/99-x,Boat\rtour,19,38,,\r\n", Ending.REJECTED, "columns"),
        feed("newlines_in_cell", "a line break of an old kind within a title", rows.as_csv([rows.good(1), rows.changed(title="Boat\rtour")]), Ending.REJECTED, "columns"),
        feed("nul_in_cell", "a NUL in a title", _HEAD + _ROW + _OTHER.replace(b"Boat tour", b"Boat\0tour"), Ending.REJECTED, "U+0000"),
        feed("nul_in_price", "a NUL in a price", _HEAD + _ROW + _OTHER.replace(b",19,", b",1\x009,"), Ending.REJECTED, "is not an amount"),
        feed("nul_in_header", "a NUL in the header", _HEAD.replace(b"price", b"pri\0ce") + _ROW, says="names a column"),
        feed("nul_only", "nothing but NULs", bytes(100_000)),
        feed("nul_after", "a good file with 4 KiB of NULs behind it, as a disk that was full leaves it", _HEAD + _ROW + bytes(4096)),
        feed("mark_in_the_middle", "two files one behind the other, each with its byte order mark", b"\xef\xbb\xbf" + _HEAD + _ROW + b"\xef\xbb\xbf" + _HEAD, Ending.REJECTED),
        feed("escape_sequences", "signs that colour a terminal, in a title", _HEAD + _ROW + _OTHER.replace(b"Boat", b"\x1b[31mBoat\x1b]0;x\x07"), Ending.REJECTED, "U+001B"),
        feed("nothing", "a file of nothing", b"", says="is empty"),
        feed("only_a_mark", "nothing but a byte order mark", b"\xef\xbb\xbf", says="is empty"),
        feed("only_empty_lines", "a million empty lines", b"\n" * 1_000_000, says="has no header"),
    ]  # fmt: skip


def _large() -> list[Case]:
    """50 MB in one cell."""
    cell = b"Boat tour " * 5_000_000
    attribute = b'<rss version="2.0"><channel><item title="' + cell + b'"/></channel></rss>'
    return [
        feed("cell_50mb_csv", "a cell of 50 MB", lambda: _HEAD + b"https://deals.example/2-x," + cell + b",19,38,,\n" + _ROW, says="is larger than 16 MiB"),
        feed("cell_50mb_quoted", "a quoted cell of 50 MB with line breaks in it",
             lambda: _HEAD + b'https://deals.example/2-x,"' + b"Boat tour\n" * 5_000_000 + b'",19,38,,\n' + _ROW, says="is larger than 16 MiB"),
        feed("cell_50mb_json", "a string of 50 MB", lambda: rows.as_json([rows.good(1)]).replace(b"Boat tour", cell), says="larger than 16 MiB", file="feed.json"),
        feed("cell_50mb_jsonl", "a line of 50 MB", lambda: rows.as_json_lines([rows.good(1)]).replace(b"Boat tour", cell), says="larger than 16 MiB", file="feed.jsonl"),
        feed("cell_50mb_xml", "an element of 50 MB", lambda: rows.as_xml([rows.good(1)]).replace(b"Boat tour", cell), says="larger than 16 MiB", file="feed.xml"),
        feed("cell_50mb_attribute", "an attribute of 50 MB", lambda: attribute, says="larger than 16 MiB", file="feed.xml"),
        feed("cell_1mb", "a title of 1 MB", _HEAD + _ROW + _OTHER.replace(b"Boat tour", b"Boat tour " * 100_000), Ending.REJECTED, "has 1,000,000 characters"),
        feed("cell_50mb_sqlite", "a cell of 50 MB in a database", lambda: rows.as_sqlite([rows.good(1), rows.changed(title=cell.decode())]), file="feed.sqlite", mebibytes=500),
    ]  # fmt: skip
