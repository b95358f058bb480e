"""Addresses that lead into a private network, or to a server that means no good."""

from random import Random

from tests.corpus.cases import Case, Ending, Kind

_HOSTS = {
    "loopback": "127.0.0.1", "loopback_name": "localhost", "loopback_name_dot": "localhost.", "loopback_name_case": "LOCALHOST",
    "loopback_subdomain": "shop.localhost", "loopback_other": "127.8.8.8", "loopback_short": "127.1", "loopback_decimal": "2130706433",
    "loopback_hexadecimal": "0x7f000001", "loopback_octal": "0177.0.0.1", "loopback_mixed": "0x7f.1", "zero": "0", "zeros": "0.0.0.0",
    "private_10": "10.0.0.8", "private_172": "172.16.31.8", "private_192": "192.168.1.1", "private_decimal": "3232235777",
    "carrier": "100.64.0.1", "metadata": "169.254.169.254", "metadata_decimal": "2852039166", "documentation": "192.0.2.1",
    "benchmark": "198.18.0.1", "multicast": "224.0.0.1", "broadcast": "255.255.255.255", "reserved": "240.0.0.1",
    "ipv6_loopback": "[::1]", "ipv6_zeros": "[::]", "ipv6_loopback_long": "[0:0:0:0:0:0:0:1]", "ipv6_mapped": "[::ffff:127.0.0.1]",
    "ipv6_mapped_hexadecimal": "[::ffff:7f00:1]", "ipv6_mapped_private": "[::ffff:10.0.0.8]", "ipv6_compatible": "[::127.0.0.1]",
    "ipv6_link": "[fe80::1]", "ipv6_link_zone": "[fe80::1%25lo]", "ipv6_unique_local": "[fd12:3456::1]", "ipv6_site": "[fec0::1]",
    "ipv6_6to4": "[2002:7f00:1::1]", "ipv6_teredo": "[2001:0:7f00:1::1]", "ipv6_nat64": "[64:ff9b::7f00:1]",
    "ipv6_nat64_private": "[64:ff9b::a00:8]", "ipv6_nat64_local": "[64:ff9b:1::7f00:1]", "ipv6_multicast": "[ff02::1]",
    "ipv6_documentation": "[2001:db8::1]", "wide_digits": "１２７.0.0.1", "circled_digits": "①②⑦.0.0.1", "wide_dot": "127。0。0。1",
    "name_loopback": "loopback.partner.example", "name_private": "intranet.partner.example", "name_ipv6": "six.partner.example",
    "name_mixed": "mixed.partner.example", "name_mapped": "mapped.partner.example",
}  # fmt: skip
"""Names of partner.example are those of RESOLVED."""

RESOLVED = {
    "loopback.partner.example": ("127.0.0.1",),
    "intranet.partner.example": ("10.0.0.8",),
    "six.partner.example": ("fd12:3456::1",),
    "mixed.partner.example": ("93.184.215.14", "127.0.0.1"),
    "mapped.partner.example": ("::ffff:192.168.1.1",),
}
"""What the names of the corpus resolve to, so that nobody has to be asked."""

_NONE = {
    "file": "file:///etc/passwd", "ftp": "ftp://deals.example/feed.csv", "gopher": "gopher://deals.example/1", "no_host": "http:///feed.csv",
    "no_scheme": "//deals.example/feed.csv", "javascript": "javascript:alert(1)", "name_and_password": "http://shop:secret@deals.example/",
    "port_0": "http://deals.example:0/", "port_99999": "http://deals.example:99999/", "port_word": "http://deals.example:http/",
    "open_bracket": "http://[::1/", "empty_label": "http://deals..example/", "long_label": f"http://{'a' * 100}.example/",
    "long_host": f"http://{'a.' * 200}example/", "unknown_host": "http://no-such-host.invalid/feed.csv", "space": "http://deals example/",
    "backslash": "http://deals.example\\@127.0.0.1/", "new_line": "http://127.0.0.1\r\nX-Header: 1/", "nul": "http://127.0.0.1\0.example/",
}  # fmt: skip

REDIRECTS = {
    "loopback": "http://127.0.0.2:{port}/good",
    "loopback_name": "http://localhost:{port}/good",
    "ipv6": "http://[::1]:{port}/good",
    "ipv6_mapped": "http://[::ffff:127.0.0.1]:{port}/good",
    "decimal": "http://2130706434:{port}/good",
    "metadata": "http://169.254.169.254/latest/meta-data/",
    "private_name": "http://intranet.partner.example/",
    "file": "file:///etc/passwd",
    "ftp": "ftp://127.0.0.1/",
    "no_location": "",
    "itself": "/redirect/itself",
    "password": "http://shop:secret@127.0.0.1:{port}/good",
    "broken": "http://[::1/",
}
"""Where `/redirect/NAME` of the corpus's own server leads."""

ANSWERS = {
    "not_found": "answered 404",
    "too_long": "was cut short",
    "endless": "answers with more than",
    "states_too_much": "answers with more than",
    "slow": "took longer than",
    "silent": "took longer than",
    "no_http": "",
    "long_header": "",
    "many_headers": "",
    "negative_length": "",
    "brotli": "in the encoding 'br'",
    "closed": "",
    "chunks_cut": "was cut short",
    "chunks_wrong": "",
}
"""What `/answer/NAME` does, and part of the sentence for it."""


def family(_: Random) -> list[Case]:
    hosts = [
        _case(
            f"host_{name}",
            f"the host {host}",
            f"http://{host}:{{port}}/good",
            "not on the public internet" if host[0] in "1[" and "%" not in host else "",
        )
        for name, host in _HOSTS.items()
    ]
    none = [
        _case(f"none_{name}", f"{address[:60]!r} instead of an address", address) for name, address in _NONE.items()
    ]
    redirects = [
        _case(
            f"redirect_{name}",
            f"a server that leads to {to or 'nowhere'}",
            f"http://127.0.0.1:{{port}}/redirect/{name}",
        )
        for name, to in REDIRECTS.items()
    ]
    answers = [
        _case(
            f"answer_{name}",
            f"a server that answers: {name.replace('_', ' ')}",
            f"http://127.0.0.1:{{port}}/answer/{name}",
            says,
        )
        for name, says in ANSWERS.items()
    ]
    return hosts + none + redirects + answers


def _case(name: str, wrong: str, address: str, says: str = "") -> Case:
    return Case(
        name=f"address_{name}",
        wrong=wrong,
        kind=Kind.ADDRESS,
        ending=Ending.REFUSED,
        says=says,
        address=address,
        file="",
    )
