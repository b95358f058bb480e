"""Answers that send a browser on."""

from litestar.datastructures import Cookie

from highstreet.web.answers import Answer


def see_other(address: str, cookie: Cookie | None = None) -> Answer:
    """After a form, or to an address that says the same in known terms."""
    headers = () if cookie is None else (cookie.to_encoded_header(),)
    return Answer(303, (*_to(address), (b"cache-control", b"no-store"), *headers), b"")


def moved(address: str) -> Answer:
    """This thing's one address is another; not kept, because this one may be the right one again some day."""
    return Answer(308, (*_to(address), (b"cache-control", b"no-cache")), b"")


def _to(address: str) -> tuple[tuple[bytes, bytes], ...]:
    return (b"location", address.encode("latin-1")), (b"content-length", b"0")
