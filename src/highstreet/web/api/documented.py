"""The answers that every operation describes in the same words."""

from typing import Any

from litestar.openapi import ResponseSpec

from highstreet.web.problems import PROBLEM_JSON, Problem


def _problem(description: str) -> ResponseSpec:
    return ResponseSpec(Problem, description=description, media_type=PROBLEM_JSON, generate_examples=False)


UNKNOWN_CALLER = (401, _problem("Nobody is signed in, and no good key was sent."))
NOT_ALLOWED = (403, _problem("The account or the key may not do this, or the write came from another site's page."))
CONFLICT = (409, _problem("The present state does not allow this."))
TOO_OFTEN = (429, _problem("Too many attempts; `Retry-After` says when to come back."))
REFUSED = (401, _problem("What was shown is wrong, was used already, or is too old."))
ELSEWHERE = (403, _problem("The request came from another site's page."))
ON_ITS_WAY = (202, ResponseSpec(None, description="A mail is on its way; it says the rest."))
NOTHING = (204, ResponseSpec(None, description="It is done."))
KEY_OR_LOGIN = ("key", "login")
ANYBODY = (*KEY_OR_LOGIN, None)
LOGIN = ("login",)
DEVICE = ("device",)
STAFF_OR_DEVICE = ("key", "login", "device")
NOT_MODIFIED = (304, ResponseSpec(None, description="What the reader has, by its `If-None-Match`, still holds."))
MOVED = (308, ResponseSpec(None, description="The same thing is at `Location`."))
NOT_FOUND = (404, _problem("There is no such thing, or none that the reader may see."))
UNREADABLE = (400, _problem("The body or a header is malformed."))
TOO_LARGE = (413, _problem("The body is larger than this address takes."))
NOT_JSON = (415, _problem("The body is not declared as `application/json`."))
INVALID = (422, _problem("A parameter is unknown or cannot be used; `errors` names each."))
UNAVAILABLE = (503, _problem("Nothing can be answered just now; `Retry-After` says when to come back."))


def answers(body: Any, description: str, *others: tuple[int, ResponseSpec]) -> dict[int, ResponseSpec]:  # noqa: ANN401 -- any type that msgspec knows
    """What an operation answers: 200 with `body`, and the others."""
    return {200: ResponseSpec(body, description=description, generate_examples=False), **dict(others)}
