"""What is refused before any parameter is read: a request that could be taken in two ways."""

from collections import Counter
from urllib.parse import parse_qsl

from litestar.handlers import BaseRouteHandler

from highstreet.kit.errors import FieldProblem, InvalidInput
from highstreet.web.parameters import Connection

_FREE_TEXT = frozenset({"q"})


async def refuse_ambiguity(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Each parameter is given once, and never as the word `null`, which would be read as not given at all.

    Async because the framework would run a plain function in a thread.
    """
    given = parse_qsl(connection.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    times = Counter(name for name, _ in given)
    problems = [FieldProblem(name, "is given more than once") for name, count in times.items() if count > 1]
    problems += [
        FieldProblem(name, "null is not a value; leave the parameter out")
        for name, value in given
        if value.lower() == "null" and name not in _FREE_TEXT and times[name] == 1
    ]
    if problems:
        raise InvalidInput(tuple(problems))
