"""Requests that may be sent again: each under a key of its sender, and answered the same."""

from highstreet.kit import idempotency
from highstreet.kit.database import Actor
from highstreet.kit.errors import InvalidInput
from highstreet.kit.idempotency import Answer as KeptAnswer
from highstreet.kit.idempotency import Keyed
from highstreet.web.answers import Answer
from highstreet.web.headers import header
from highstreet.web.problems import HttpRequest

_JSON = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))


async def keyed(request: HttpRequest, actor: Actor, route: str) -> Keyed:
    """The request under its key. Raises InvalidInput where it has none."""
    key = header(request, b"idempotency-key")
    if not key:
        raise InvalidInput.at("Idempotency-Key", "is a header that this needs: a new random text for each request")
    return idempotency.keyed(actor, route, key, await request.body())


def sent(answer: KeptAnswer) -> Answer:
    """A kept answer as it goes out."""
    size = (b"content-length", str(len(answer.body)).encode("ascii"))
    return Answer(answer.status, (*_JSON, size), answer.body)
