"""The answers that every operation describes in the same words."""

from typing import Any

from litestar.openapi import ResponseSpec

from highstreet.web.problems import PROBLEM_JSON, Problem


def _problem(description: str) -> ResponseSpec:
    return ResponseSpec(Problem, description=description, media_type=PROBLEM_JSON, generate_examples=False)


NOT_MODIFIED = (304, ResponseSpec(None, description="What the reader has, by its `If-None-Match`, still holds."))
MOVED = (308, ResponseSpec(None, description="The same thing is at `Location`."))
NOT_FOUND = (404, _problem("There is no such thing, or none that the reader may see."))
INVALID = (422, _problem("A parameter is unknown or cannot be used; `errors` names each."))
UNAVAILABLE = (503, _problem("Nothing can be answered just now; `Retry-After` says when to come back."))


def answers(body: Any, description: str, *others: tuple[int, ResponseSpec]) -> dict[int, ResponseSpec]:  # noqa: ANN401 -- any type that msgspec knows
    """What an operation answers: 200 with `body`, and the others."""
    return {200: ResponseSpec(body, description=description, generate_examples=False), **dict(others)}
