"""Merchants, where they redeem, and when they are open."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from uuid import UUID

import msgspec

from highstreet.kit.errors import FieldProblem, InvalidInput
from highstreet.market.catalog.domain.names import slugify

MAX_NAME_LENGTH = 200
MAX_TEXT_LENGTH = 20_000


class Opening(msgspec.Struct, frozen=True, gc=False):
    """Open from `opens` to `closes` on a weekday (Monday is 1); a `closes` at or before `opens` is the next day's."""

    weekday: int
    opens: time
    closes: time


OpeningHours = tuple[Opening, ...]
"""A week of openings. None in its place means that the hours are not stated."""


class MerchantDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant to be made. Without a slug the name makes one, with an ending where that is taken."""

    name: str
    slug: str | None = None
    website: str | None = None
    description: str | None = None


class LocationDraft(msgspec.Struct, frozen=True, kw_only=True):
    """Where a merchant redeems. Coordinates are WGS 84 degrees; the place gives currency and time zone."""

    name: str | None = None
    address: str
    place_id: UUID
    latitude: float
    longitude: float
    opening_hours: OpeningHours | None = None


class Whereabouts(msgspec.Struct, frozen=True, kw_only=True):
    """A location: whose it is, where, and by which clock."""

    merchant_id: UUID
    name: str | None
    address: str
    place_name: str
    time_zone: str


def is_open(hours: OpeningHours, at: datetime) -> bool:
    """Whether a week of openings holds the local time `at`."""
    yesterday = (at - timedelta(days=1)).isoweekday()
    return any(
        (
            opening.weekday == at.isoweekday()
            and opening.opens <= at.time()
            and (_late(opening) or at.time() < opening.closes)
        )
        or (opening.weekday == yesterday and _late(opening) and at.time() < opening.closes)
        for opening in hours
    )


def _late(opening: Opening) -> bool:
    return opening.closes <= opening.opens


def check_merchant(draft: MerchantDraft) -> None:
    """Raise InvalidInput unless the draft can be a merchant."""
    problems = text_problems("name", draft.name, MAX_NAME_LENGTH)
    problems += text_problems("description", draft.description, MAX_TEXT_LENGTH)
    if draft.slug is not None and (not draft.slug or draft.slug != slugify(draft.slug, "")):
        problems.append(FieldProblem("slug", "a slug has lower-case letters, digits and hyphens only"))
    if draft.website is not None and not is_web_address(draft.website):
        problems.append(FieldProblem("website", "a website starts with https:// or http://"))
    if problems:
        raise InvalidInput(tuple(problems))


def check_location(draft: LocationDraft) -> None:
    """Raise InvalidInput unless the draft can be a location."""
    problems = text_problems("address", draft.address, MAX_NAME_LENGTH)
    problems += text_problems("name", draft.name, MAX_NAME_LENGTH)
    if not -90 <= draft.latitude <= 90:
        problems.append(FieldProblem("latitude", "a latitude lies between -90 and 90 degrees"))
    if not -180 <= draft.longitude <= 180:
        problems.append(FieldProblem("longitude", "a longitude lies between -180 and 180 degrees"))
    problems += _hours_problems(draft.opening_hours or ())
    if problems:
        raise InvalidInput(tuple(problems))


def _hours_problems(hours: OpeningHours) -> Iterable[FieldProblem]:
    for index, opening in enumerate(hours):
        if opening.weekday not in range(1, 8):
            yield FieldProblem(f"opening_hours[{index}].weekday", "a weekday is 1 (Monday) to 7")
        before = hours[index - 1] if index else None
        if before is not None and (before.weekday, before.opens) >= (opening.weekday, opening.opens):
            yield FieldProblem(f"opening_hours[{index}]", "openings stand in the order of the week")
        elif before is not None and before.weekday == opening.weekday and before.closes > opening.opens:
            yield FieldProblem(f"opening_hours[{index}]", "openings of a day do not overlap")


def text_problems(field: str, text: str | None, longest: int) -> list[FieldProblem]:
    """What is wrong with a text; a text that is not given is fine."""
    if text is not None and not (text.strip() and len(text) <= longest and "\x00" not in text):
        return [FieldProblem(field, f"is 1 to {longest} characters")]
    return []


def is_web_address(address: str) -> bool:
    """Whether a link may be shown: only the web's own schemes, so that none can run a script."""
    return address.startswith(("https://", "http://")) and address.split() == [address]
