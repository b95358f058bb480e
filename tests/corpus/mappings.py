"""Mappings that nobody should have written."""

from random import Random

from tests.corpus.cases import Case, Ending, Kind, mapping

_WHOLE = mapping("csv")
_LONG = "a" * 100_000


def family(_: Random) -> list[Case]:
    return [*_no_mappings(), *_wrong(), *_inert()]


def _case(name: str, wrong: str, text: str | bytes, says: str = "", ending: Ending = Ending.REFUSED) -> Case:
    content = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return Case(
        name=f"mapping_{name}",
        wrong=f"a mapping: {wrong}",
        kind=Kind.MAPPING,
        ending=ending,
        says=says,
        content=lambda: content,
        file="mapping.toml",
    )


def _no_mappings() -> list[Case]:
    """Files that are no TOML, or TOML that is no mapping."""
    return [
        _case("empty", "nothing", "", "is required"),
        _case("no_toml", "a feed instead", "link,title,price\n", "is not TOML"),
        _case("binary", "a program", b"\x7fELF\x02" + bytes(range(256)), "is not UTF-8"),
        _case("nul", "a NUL", _WHOLE.replace("lakeside", "lake\0side"), "is not TOML"),
        _case("surrogate", "half of a surrogate pair", _WHOLE.replace("lakeside", "lake\ud800side"), "is not UTF-8"),
        _case("utf16", "UTF-16", _WHOLE.encode("utf-16"), "is not UTF-8"),
        _case("huge", "2 MiB of comments", _WHOLE + "# x\n" * 600_000, "is larger than a mapping"),
        _case("deep_tables", "tables nested 20,000 deep", "[" + ".".join("a" * 20_000) + "]\nx = 1\n"),
        _case("deep_keys", "a key nested 20,000 deep", ".".join("a" * 20_000) + " = 1\n"),
        _case("deep_arrays", "arrays nested 50,000 deep", "a = " + "[" * 50_000 + "]" * 50_000, "is nested deeper"),
        _case("deep_inline", "inline tables nested 20,000 deep", "a = " + "{a = " * 20_000 + "1" + "}" * 20_000),
        _case("many_tables", "50,000 tables", "".join(f"[t{number}]\n" for number in range(50_000)), "is not known here"),
        _case("huge_number", "a number of 100,000 digits", _WHOLE.replace("radius_km = 80", "radius_km = " + "9" * 100_000)),
        _case("table_twice", "a table twice", _WHOLE + "[feed]\nname = 'other'\n", "is not TOML"),
        _case("key_twice", "a key twice", _WHOLE.replace('currency = "USD"', 'currency = "USD"\ncurrency = "EUR"'), "is not TOML"),
        _case("open_string", "a string that is never closed", _WHOLE.replace('"lakeside"', '"""lakeside'), "is not TOML"),
        _case("open_quotes", "half a million quotes", "a = " + '"' * 500_001, "is not TOML"),
    ]  # fmt: skip


def _wrong() -> list[Case]:
    """Values that are none."""
    changes = {
        "unknown_key": ("currency =", "curency =", "did you mean currency?"),
        "unknown_key_long": ("currency =", f"{_LONG} =", "is not known here"),
        "unknown_key_control": ("currency =", '"\\u001b[31mcurrency" =', "is not known here"),
        "name_control": ('"lakeside"', '"lake\\u0000side"', "feed.name"),
        "name_newline": ('"lakeside"', '"lake\\nside"', "feed.name"),
        "name_path": ('"lakeside"', '"../../etc/cron.d/x"', "feed.name"),
        "name_long": ('"lakeside"', f'"{_LONG}"', "feed.name"),
        "name_number": ('"lakeside"', "1984", "feed.name"),
        "name_list": ('"lakeside"', '["lakeside"]', "feed.name"),
        "feed_is_text": ("[places]\ncountry", "[places]\nregion = {}\ncountry", "places.region"),
        "currency_unknown": ('"USD"', '"XXQ"', "feed.currency"),
        "currency_control": ('"USD"', '"U\\u0007D"', "feed.currency"),
        "currency_other_letters": ('"USD"', '"ＵＳＤ"', "feed.currency"),
        "zone_path": ('"America/Chicago"', '"../../../etc/passwd"', "feed.time_zone"),
        "zone_absolute": ('"America/Chicago"', '"/etc/localtime"', "feed.time_zone"),
        "zone_folder": ('"America/Chicago"', '"America"', "feed.time_zone"),
        "zone_nul": ('"America/Chicago"', '"America/Chi\\u0000cago"', "feed.time_zone"),
        "language": ('"en"', '"english"', "feed.language"),
        "radius_infinite": ("radius_km = 80", "radius_km = inf", "division.radius_km"),
        "radius_nan": ("radius_km = 80", "radius_km = nan", "division.radius_km"),
        "radius_negative": ("radius_km = 80", "radius_km = -1", "division.radius_km"),
        "radius_huge": ("radius_km = 80", "radius_km = 1e308", "division.radius_km"),
        "slug_path": ('slug = "chicago"', 'slug = "../admin"', "division.slug"),
        "captured_at_naive": ('language = "en"', "captured_at = 2015-05-14T12:00:00", "feed.captured_at"),
        "captured_at_word": ('language = "en"', 'captured_at = "yesterday"', "feed.captured_at"),
        "format_unknown": ('format = "csv"', 'format = "xlsx"', "file.format"),
        "encoding_unknown": ('format = "csv"', 'format = "csv"\nencoding = "klingon"', "file.encoding"),
        "encoding_nul": ('format = "csv"', 'format = "csv"\nencoding = "utf-8\\u0000"', "file.encoding"),
        "encoding_undefined": ('format = "csv"', 'format = "csv"\nencoding = "undefined"', "file.encoding"),
        "encoding_bytes": ('format = "csv"', 'format = "csv"\nencoding = "rot13"', "file.encoding"),
        "encoding_long": ('format = "csv"', f'format = "csv"\nencoding = "{_LONG}"', "file.encoding"),
        "delimiter_two": ('format = "csv"', 'format = "csv"\ndelimiter = "::"', "file.delimiter"),
        "delimiter_quote": ('format = "csv"', "format = \"csv\"\ndelimiter = '\"'", "file.delimiter"),
        "delimiter_space": ('format = "csv"', 'format = "csv"\ndelimiter = "\\n"', "file.delimiter"),
        "quote_is_delimiter": ('format = "csv"', 'format = "csv"\ndelimiter = "|"\nquote = "|"', "file.quote"),
        "columns_twice": ('format = "csv"', 'format = "csv"\ncolumns = ["a", "a"]', "file.columns"),
        "transform_unknown": ('"money"', '"mony"', "did you mean money?"),
        "transform_code": ('"money"', '"__import__(\'os\').system(\'id\')"', "is not a transform"),
        "transform_order": ('["money"]', '["money", "strip"]', "fields.price.transforms"),
        "transforms_text": ('["money"]', '"money"', "fields.price.transforms"),
        "column_number": ('from = "title"', "from = 3", "fields.title"),
        "column_empty": ('from = "title"', 'from = ""', "fields.title"),
        "column_long": ('from = "title"', f'from = "{_LONG}"', "fields.title"),
        "date_format_of_text": ('from = "title" }', 'from = "title", date_format = "%Y" }', "fields.title.date_format"),
        "decimal_long": ('from = "price",', 'from = "price", decimal = "..",', "fields.price.decimal"),
        "country": ('"US"', '"USA"', "places.country"),
        "place_twice": ('"Springfield" =', '"SPRINGFIELD" = "a"\n"Springfield" =', ""),
    }  # fmt: skip
    return [
        _case(name, name.replace("_", " "), _WHOLE.replace(old, new, 1), says)
        for name, (old, new, says) in changes.items()
    ]


def _inert() -> list[Case]:
    """What looks like a pattern or a path and is compared as text."""
    return [
        _case("pattern", "an expression that takes for ever to match", _WHOLE.replace('"Springfield"', '"(a+)+$"'), ending=Ending.CONTAINED),
        _case("date_pattern", "a date pattern of signs that mean nothing", _WHOLE.replace('["instant"]', '["instant"], date_format = "%Q%%%"'), ending=Ending.CONTAINED),
        _case("date_pattern_groups", "a date pattern that is an expression", _WHOLE.replace('["instant"]', '["instant"], date_format = "(a+)+[%Y"'), ending=Ending.CONTAINED),
        _case("delimiter_nul", "a delimiter that is a NUL", _WHOLE.replace('format = "csv"', 'format = "csv"\ndelimiter = "\\u0000"'), ending=Ending.CONTAINED),
        _case("member_path", "a member of an archive that leads elsewhere", _WHOLE.replace('format = "csv"', 'format = "csv"\nmember = "../../etc/passwd"'), ending=Ending.CONTAINED),
    ]  # fmt: skip
