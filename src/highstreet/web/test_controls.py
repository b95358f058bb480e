"""`/_test/clock` reads and moves the clock that all processes share, and `/_test/mail` shows mail that was not sent.

They exist only where HIGHSTREET_ENV is test or demo; `create_app` does not register them elsewhere.
"""

from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.params import JSONBody
from msgspec import UNSET, Meta, UnsetType

from highstreet.kit.clock import FileClock
from highstreet.kit.errors import InvalidInput
from highstreet.kit.mail.queue import ReadableMail, readable
from highstreet.web.parameters import only_json
from highstreet.web.runtime import runtime_of

_CENTURY_S = 3_200_000_000


class ClockReading(msgspec.Struct, frozen=True):
    now: datetime


class ClockOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Exactly one of the two. `at` needs its offset from UTC."""

    at: Annotated[datetime, Meta(tz=True)] | UnsetType = UNSET
    advance_seconds: Annotated[float, Meta(ge=-_CENTURY_S, le=_CENTURY_S)] | UnsetType = UNSET


class MailShown(msgspec.Struct, frozen=True):
    mails: list[ReadableMail]


@get("/mail", include_in_schema=False)
async def read_mail(request: Request[Any, Any, Any]) -> Response[MailShown]:
    """The newest mails that no mail server took, with what they say."""
    runtime = runtime_of(request)
    async with runtime.database.system() as tx:
        found = await readable(tx, runtime.mail)
    return Response(MailShown(found), headers={"cache-control": "no-store"})


def test_controls(clock: FileClock) -> Router:
    """The controls, with those for `clock`, which every process reads."""

    @get("/clock", include_in_schema=False)
    async def read_clock() -> Response[ClockReading]:
        return _reading(clock)

    @post("/clock", include_in_schema=False, status_code=200, guards=[only_json])
    async def move_clock(data: JSONBody[ClockOrder]) -> Response[ClockReading]:
        if (data.at is UNSET) == (data.advance_seconds is UNSET):
            raise InvalidInput.at("at", "give either `at` or `advance_seconds`")
        try:
            if isinstance(data.at, datetime):
                clock.set(data.at)
            elif not isinstance(data.advance_seconds, UnsetType):
                clock.advance(timedelta(seconds=data.advance_seconds))
            return _reading(clock)
        except OverflowError:
            raise InvalidInput.at("at", "that is outside the time that can be told") from None

    return Router("/_test", route_handlers=[read_clock, move_clock, read_mail])


def _reading(clock: FileClock) -> Response[ClockReading]:
    return Response(ClockReading(clock.now()), headers={"cache-control": "no-store"})
