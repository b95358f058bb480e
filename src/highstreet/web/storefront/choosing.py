"""Forms by which a visitor chooses a town or an appearance; the choice is kept in the browser's cookie."""

from typing import Any, cast

import msgspec
from litestar.di import NamedDependency

from highstreet.kit.database import VISITOR
from highstreet.kit.errors import Forbidden
from highstreet.market.catalog.domain.places import Place
from highstreet.web.addresses import is_local, place_path, with_query
from highstreet.web.answers import Answer
from highstreet.web.choices import Choices, choices_cookie, to_theme
from highstreet.web.problems import HttpRequest
from highstreet.web.redirects import see_other
from highstreet.web.security import is_from_elsewhere
from highstreet.web.storefront.visit import Visit
from highstreet.web.storefront.whereabouts import find_whereabouts


async def choose_place(request: HttpRequest, visit: NamedDependency[Visit]) -> Answer:
    """Take a town in the visitor's words (`near`) or by its slug (`place`; empty forgets it), and go to its deals."""
    fields = await _fields(request, visit)
    near = fields.get("near", "").strip()
    if near:
        async with visit.runtime.database.transaction(VISITOR) as tx:
            whereabouts = await find_whereabouts(tx, near)
        if whereabouts.place is None:
            return see_other(visit.localized(with_query("/search", {"near": near})))
        return _keep(visit, whereabouts.place, visit.localized(place_path(whereabouts.place.slug)))
    slug = fields.get("place", "").strip()
    place = await visit.runtime.follower.place(slug) if slug else None
    return _keep(visit, place, _back(visit, fields))


async def choose_theme(request: HttpRequest, visit: NamedDependency[Visit]) -> Answer:
    fields = await _fields(request, visit)
    choices = msgspec.structs.replace(visit.choices, theme=to_theme(fields.get("theme", "")))
    return _answer(visit, choices, _back(visit, fields))


def _keep(visit: Visit, place: Place | None, address: str) -> Answer:
    choices = msgspec.structs.replace(visit.choices, place_slug=place.slug if place else None)
    return _answer(visit, choices, address)


def _answer(visit: Visit, choices: Choices, address: str) -> Answer:
    return see_other(address, choices_cookie(choices, visit.runtime.settings))


async def _fields(request: HttpRequest, visit: Visit) -> dict[str, str]:
    """The form's fields. Refuses a form that another site sent, by what browsers say of where it comes from."""
    if is_from_elsewhere(request, visit.origin):
        raise Forbidden(visit.language.translate("This form was sent from another site"))
    form = cast("dict[str, Any]", (await request.form()).dict())
    return {name: value[-1] for name, value in form.items() if value and isinstance(value[-1], str)}


def _back(visit: Visit, fields: dict[str, str]) -> str:
    """The page that the form stood on, if that is one of ours."""
    back = fields.get("back", "")
    return back if is_local(back) else visit.localized("/")
