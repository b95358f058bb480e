"""Answers that send a browser on."""

from litestar import Response


def see_other(address: str) -> Response[None]:
    """After a form, or to an address that says the same in known terms."""
    return Response(None, status_code=303, headers={"location": address, "cache-control": "no-store"})


def moved(address: str) -> Response[None]:
    """This thing's one address is another; not kept, because this one may be the right one again some day."""
    return Response(None, status_code=308, headers={"location": address, "cache-control": "no-cache"})
