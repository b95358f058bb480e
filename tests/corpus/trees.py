"""JSON and XML: too deep, too wide, cut short, or with what the formats can do and no feed needs."""

from random import Random

from tests.corpus import rows
from tests.corpus.cases import Case, Ending, feed

_GOOD = rows.as_json([rows.good(1)]).decode().strip()[1:-1].strip()
"""A good row as an object."""
_OPEN = '<?xml version="1.0"?>\n<rss version="2.0"><channel>\n'
_ITEM = rows.as_xml([rows.good(1)]).decode().split("<channel>\n")[1].split("\n</channel>")[0]
_CLOSE = "\n</channel></rss>"


def family(_: Random) -> list[Case]:
    return [*_json(), *_json_rows(), *_json_lines(), *_xml(), *_xml_rows()]


def _json() -> list[Case]:
    """Files that are no array of rows."""
    whole = rows.as_json(rows.many(50))
    name = "feed.json"
    cut = [
        feed(f"json_cut_{kept}", f"JSON cut short after {kept} bytes", whole[:kept], file=name)
        for kept in (1, 2, 40, len(whole) // 2, len(whole) - 2)
    ]
    return [
        *cut,
        feed("json_deep", "arrays nested 200,000 deep", b"[" * 200_000, says="is cut short", file=name),
        feed("json_deep_closed", "arrays nested 100,000 deep, and closed", b"[" + b"[" * 100_000 + b"]" * 100_000 + b"," + _GOOD.encode() + b"]", Ending.REJECTED, "levels deep", file=name),
        feed("json_scalar", "a number instead of an array", b"19", says="holds no array", file=name),
        feed("json_string", "a string instead of an array", b'"deals"', says="holds no array", file=name),
        feed("json_object", "an object, and the mapping names no member", b'{"deals": []}', says="holds no array", file=name),
        feed("json_member_missing", "an object without the member that the mapping names", b'{"deals": []}', says="has no member 'offers'", file=name, more='rows = "offers"'),
        feed("json_member_no_array", "a member that is no array", b'{"offers": 19}', says="holds no array", file=name, more='rows = "offers"'),
        feed("json_twice", "two arrays, one behind the other", whole + whole, says="goes on after the end", file=name),
        feed("json_garbage_after", "an array with something else behind it", whole + b"</html>", says="goes on after the end", file=name),
        feed("json_comma_before_end", "a comma before the end of the array", whole.rstrip()[:-1] + b",]", says="comma before the end", file=name),
        feed("json_no_comma", "no comma between two rows", f"[{_GOOD} {_GOOD}]".encode(), file=name),
        feed("json_single_quotes", "single quotes", f"[{_GOOD}, {_GOOD.replace(chr(34), chr(39))}]".encode(), Ending.REJECTED, "is not JSON", file=name),
        feed("json_comment", "a comment", f"[/* deals */ {_GOOD}]".encode(), file=name),
        feed("json_lines_called_json", "JSON Lines under the name of JSON", rows.as_json_lines(rows.many(3)), says="holds no array", file=name),
        feed("json_html", "a page instead of JSON", b"<!doctype html><title>503</title>", says="holds no array", file=name),
        feed("json_string_never_closed", "a string that is never closed, in 20 MiB", lambda: b'[{"title": "' + b"Boat tour \\n" * 2_000_000, says="larger than 16 MiB", file=name, mebibytes=600),
        feed("json_many_open_quotes", "a million quotes, each behind a backslash", b'[{"title": "' + b'\\"' * 1_000_000, says="is cut short", file=name),
    ]  # fmt: skip


def _json_rows() -> list[Case]:
    """A good row, and one that is none."""
    bad = {
        "deep": ('{"a":' * 1_000 + "1" + "}" * 1_000, "levels deep"),
        "deep_array": ('{"a":' + "[" * 1_000 + "]" * 1_000 + "}", "levels deep"),
        "members_10000": ("{" + ",".join(f'"m{number}":1' for number in range(10_000)) + "}", "has 10,000 members"),
        "elements_10000": ('{"a":[' + ",".join("1" * 10_000) + "]}", "has 10,000 members"),
        "member_twice": ('{"title": "a", "title": "b"}', "states the member 'title' twice"),
        "nan": ('{"price": NaN}', "holds NaN"),
        "infinity": ('{"price": -Infinity}', "holds -Infinity"),
        "number": ("19", "is not an object"),
        "null": ("null", "is not an object"),
        "string": ('"deal"', "is not an object"),
        "array": ("[1, 2]", "is not an object"),
        "no_such_escape": ('{"title": "\\x41"}', "is not JSON"),
        "control": ('{"title": "Boat\ntour"}', "is not JSON"),
        "leading_zero": ('{"price": 019}', "is not JSON"),
        "plus": ('{"price": +19}', "is not JSON"),
        "unquoted": ("{title: 1}", "is not JSON"),
        "comma": ('{"price": 19,}', "is not JSON"),
        "huge_number": (_GOOD.replace('"19"', "9" * 100_000).replace("/1-", "/2-"), "characters"),
        "huge_exponent": (_GOOD.replace('"19"', "1e999999999").replace("/1-", "/2-"), "is not an amount"),
        "boolean_price": (_GOOD.replace('"19"', "true").replace("/1-", "/2-"), "is not an amount"),
        "object_price": (_GOOD.replace('"19"', '{"amount": 19}').replace("/1-", "/2-"), "is not stated"),
        "long_member": ('{"' + "m" * 1_000_000 + '": 1}', ""),
        "half_pair": (_GOOD.replace("Boat tour", "Boat \\ud83d tour").replace("/1-", "/2-"), "not text"),
    }
    return [
        feed(f"json_row_{name}", f"a row of JSON: {name.replace('_', ' ')}", f"[{_GOOD},\n{text}]".encode(), Ending.REJECTED, says, file="feed.json")
        for name, (text, says) in bad.items()
    ]  # fmt: skip


def _json_lines() -> list[Case]:
    name, good = "feed.jsonl", rows.as_json_lines([rows.good(1)])
    return [
        feed("jsonl_no_json", "a line that is no JSON", good + b"{title}\n", Ending.REJECTED, "is not JSON", file=name),
        feed("jsonl_array", "a line that is an array", good + b"[1]\n", Ending.REJECTED, "is not an object", file=name),
        feed("jsonl_two_on_a_line", "two objects on a line", good + good.strip() + good, Ending.REJECTED, "is not JSON", file=name),
        feed("jsonl_deep", "a line that is nested 100,000 deep", good + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"\n", Ending.REJECTED, "levels deep", file=name),
        feed("jsonl_quotes", "a line of 8 million quotes", good + b"{" + b'"' * 8_000_000 + b"[" * 50 + b"}\n", Ending.REJECTED, "levels deep", file=name),
        feed("jsonl_nul", "a line of NULs", good + bytes(50_000) + b"\n", Ending.REJECTED, "is not JSON", file=name),
        feed("jsonl_cut", "a file that ends within a line", good + good[:-20], says="is cut short", file=name),
        feed("jsonl_json", "JSON under the name of JSON Lines", rows.as_json(rows.many(2)), says="is not JSON Lines", file=name),
        feed("jsonl_csv", "CSV under the name of JSON Lines", rows.as_csv(rows.many(2)), says="is not JSON Lines", file=name),
        feed("jsonl_old_breaks", "lines that only a carriage return ends", good.replace(b"\n", b"\r") * 2, Ending.CONTAINED, file=name),
        feed("jsonl_pretty", "JSON of one row that was written over several lines", good + b"{\n" + good.strip()[1:-1].replace(b", ", b",\n") + b"\n}\n", Ending.REJECTED, "is not JSON", file=name),
    ]  # fmt: skip


def _xml() -> list[Case]:
    """Files that are no feed."""
    name = "feed.xml"
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    heads = {
        "laughs": ("entities that multiply to a billion", f'<!DOCTYPE rss [<!ENTITY l0 "ha">{laughs}]>'),
        "quadratic": ("one large entity, used a thousand times", f'<!DOCTYPE rss [<!ENTITY a "{"a" * 50_000}">]>'),
        "external": (
            "an entity that is a file of this machine",
            '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        ),
        "external_address": (
            "an entity that is an address",
            '<!DOCTYPE rss [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]>',
        ),
        "parameter": (
            "a parameter entity from elsewhere",
            '<!DOCTYPE rss [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]>',
        ),
        "external_type": ("a document type from elsewhere", '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd">'),
        "default_attributes": (
            "attributes that the document type adds",
            '<!DOCTYPE rss [<!ATTLIST item a CDATA "x">]>',
        ),
    }
    whole = (_OPEN + _ITEM + _CLOSE).encode()
    return [
        *(
            feed(f"xml_{key}", wrong, (head + _OPEN.split("\n", 1)[1] + _ITEM.replace("Boat", "&x;") + _CLOSE).encode(), says="states a document type", file=name)
            for key, (wrong, head) in heads.items()
        ),
        *(feed(f"xml_cut_{kept}", f"XML cut short after {kept} bytes", whole[:kept], says="is cut short", file=name) for kept in (15, 40, 200, len(whole) - 3)),
        feed("xml_deep", "elements nested 100,000 deep", b"<rss>" * 100_000, says="is nested more than 1,000", file=name),
        feed("xml_other_root", "neither RSS nor Atom", b"<deals><deal/></deals>", says="is neither RSS nor Atom", file=name),
        feed("xml_no_such_element", "no element of the name that the mapping gives", whole, says="has no element 'deal'", file=name, more='rows = "deal"'),
        feed("xml_two_roots", "two files, one behind the other", whole + whole.split(b"\n", 1)[1], says="is not well-formed", file=name),
        feed("xml_wrong_end", "elements that end in the wrong order", whole.replace(b"</title>", b"</price>", 1), says="is not well-formed", file=name),
        feed("xml_no_such_entity", "an entity that nobody defined", whole.replace(b"Boat", b"&nbsp;Boat"), says="is not well-formed", file=name),
        feed("xml_reference_0", "a reference to the sign 0", whole.replace(b"Boat", b"&#0;Boat"), says="is not well-formed", file=name),
        feed("xml_control", "a control character", whole.replace(b"Boat", b"Bo\x01at"), says="is not well-formed", file=name),
        feed("xml_nul", "a NUL", whole.replace(b"Boat", b"Bo\0at"), says="is not well-formed", file=name),
        feed("xml_ampersand", "a bare ampersand", whole.replace(b"Boat", b"Boat & bike"), says="is not well-formed", file=name),
        feed("xml_attribute_twice", "an attribute twice", whole.replace(b"<item>", b'<item id="1" id="2">'), says="is not well-formed", file=name),
        feed("xml_cdata_open", "a CDATA section that is never closed", whole.replace(b"Boat", b"<![CDATA[Boat"), says="is cut short", file=name),
        feed("xml_comment_open", "a comment that is never closed", whole.replace(b"<title>", b"<!-- <title>"), says="is cut short", file=name),
        feed("xml_endless_tag", "a tag of 20 MiB", lambda: _OPEN.encode() + b"<" + b"a" * 20_000_000 + b"/>", says="larger than 16 MiB", file=name),
        feed("xml_page", "a page of the web", b"<!DOCTYPE html><html><body>Moved", says="states a document type", file=name),
        feed("xml_json", "JSON under the name of XML", rows.as_json(rows.many(2)), says="is not well-formed", file=name),
    ]  # fmt: skip


def _xml_rows() -> list[Case]:
    bad = {
        "deep": ("<item>" + "<a>" * 500 + "</a>" * 500 + "</item>", "levels deep"),
        "elements_10000": (
            "<item>" + "".join(f"<e{number}/>" for number in range(10_000)) + "</item>",
            "more than 1,000",
        ),
        "attributes_10000": (
            "<item " + " ".join(f'a{number}="1"' for number in range(10_000)) + "/>",
            "more than 1,000",
        ),
        "same_element_10000": ("<item>" + "<a/>" * 10_000 + "</item>", "more than 1,000"),
        "empty": ("<item/>", "is not stated"),
        "markup_in_the_price": (_ITEM.replace("<price>19", "<price><b>19</b>"), "is not stated"),
        "lost_letters": (_ITEM.replace("Boat", "Bo&#xFFFD;at").replace("/1-", "/2-"), "U+FFFD"),
        "carriage_return": (_ITEM.replace("Boat", "Boat&#13;").replace("/1-", "/2-"), "U+000D"),
    }
    return [
        feed(f"xml_row_{name}", f"a row of XML: {name.replace('_', ' ')}", (_OPEN + _ITEM + text + _CLOSE).encode(), Ending.REJECTED, says, file="feed.xml")
        for name, (text, says) in bad.items()
    ]  # fmt: skip
