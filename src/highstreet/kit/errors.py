"""Everything that can go wrong, as one small tree.

    HighstreetError                     one sentence: what is wrong and what to do
    ├── ConfigurationError              the start stops; names the setting
    ├── InvalidInput                    422; names each field
    ├── Unauthenticated                 401
    ├── Forbidden                       403
    ├── NotFound                        404
    ├── Conflict                        409; the state does not allow it
    └── Overloaded                      when to come back, in seconds
        ├── TooManyRequests             429
        └── Unavailable                 503

The web maps the tree to `application/problem+json`, the command line to one line and an exit code.
"""

from typing import Self

import msgspec


class HighstreetError(Exception):
    """Base of the tree. `str(error)` is one sentence that a user may read."""


class ConfigurationError(HighstreetError):
    """A setting is misspelt, contradictory or missing."""


class FieldProblem(msgspec.Struct, frozen=True):
    """What is wrong with one field. `field` is a path such as `options[0].price`."""

    field: str
    message: str


class InvalidInput(HighstreetError):
    """The caller sent something that cannot be used. Carries every problem, not just the first."""

    def __init__(self, problems: tuple[FieldProblem, ...]) -> None:
        super().__init__("; ".join(f"{problem.field}: {problem.message}" for problem in problems))
        self.problems = problems

    @classmethod
    def at(cls, field: str, message: str) -> Self:
        return cls((FieldProblem(field, message),))


class Unauthenticated(HighstreetError):
    """Nobody is signed in, or the credentials are not valid."""


class Forbidden(HighstreetError):
    """The actor is known and may not do this."""


class NotFound(HighstreetError):
    """No such thing, or none that the actor may see."""


class Conflict(HighstreetError):
    """The present state does not allow the request."""


class Overloaded(HighstreetError):
    """Nothing was done; the caller may come back after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TooManyRequests(Overloaded):
    """This caller asks too often."""


class Unavailable(Overloaded):
    """The service cannot answer anyone just now."""
