"""Every address of a merchant's pages, each once in every language."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias
from uuid import UUID

from litestar import Router, get, post

from highstreet.kit.database import ActorKind
from highstreet.market.identity.domain.roles import Permission
from highstreet.web import i18n
from highstreet.web.answers import Answer
from highstreet.web.merchant import capacity, choosing, deals, editing, listing, sales, scanning, statements
from highstreet.web.merchant.desk import desk_of
from highstreet.web.person import person_at, to_sign_in
from highstreet.web.problems import HttpRequest

_Handler: TypeAlias = Callable[[HttpRequest], Awaitable[Answer]]
_Page: TypeAlias = Callable[..., Awaitable[Answer]]

_HERE: Final = "/merchant/{merchant_id:uuid}"
_PAGES: Final[tuple[tuple[str, _Page, Permission | None], ...]] = (
    ("", choosing.front_page, None),
    ("/scan", scanning.scan_page, Permission.VOUCHERS_REDEEM),
    ("/redemptions", listing.redemptions_page, Permission.VOUCHERS_REDEEM),
    ("/deals", deals.deals_page, Permission.DEALS_EDIT),
    ("/deals/new", editing.new_page, Permission.DEALS_EDIT),
    ("/deals/{deal_id:uuid}", deals.deal_page, Permission.DEALS_EDIT),
    ("/deals/{deal_id:uuid}/edit", editing.edit_page, Permission.DEALS_EDIT),
    ("/deals/{deal_id:uuid}/capacity", capacity.capacity_page, Permission.DEALS_EDIT),
    ("/sales", sales.sales_page, Permission.STATEMENTS_READ),
    ("/sales.csv", sales.sales_file, Permission.STATEMENTS_READ),
    ("/statements", statements.statements_page, Permission.STATEMENTS_READ),
    ("/statements/{statement_id:uuid}", statements.statement_page, Permission.STATEMENTS_READ),
)
_FORMS: Final[tuple[tuple[str, _Page, Permission, str], ...]] = (
    ("/scan", scanning.scan, Permission.VOUCHERS_REDEEM, "/scan"),
    ("/redemptions/reversal", scanning.take_back, Permission.VOUCHERS_REDEEM, "/redemptions"),
    ("/deals/new", editing.save_new, Permission.DEALS_EDIT, "/deals"),
    ("/deals/{deal_id:uuid}/edit", editing.save, Permission.DEALS_EDIT, "/deals"),
    ("/deals/{deal_id:uuid}/state", deals.move, Permission.DEALS_EDIT, "/deals"),
    ("/deals/{deal_id:uuid}/capacity", capacity.state, Permission.DEALS_EDIT, "/deals"),
    ("/deals/{deal_id:uuid}/submission", capacity.submit, Permission.DEALS_EDIT, "/deals"),
)
"""Each with the page to return to where somebody has to sign in first."""


def merchant_router() -> Router:
    return Router(
        "/",
        route_handlers=[
            get(_everywhere("/merchant"), include_in_schema=False)(_chooser),
            *(
                get(_everywhere(_HERE + path), include_in_schema=False)(_at_desk(show, needed))
                for path, show, needed in _PAGES
            ),
            *(
                post(_everywhere(_HERE + path), include_in_schema=False)(_at_desk(do, needed, back))
                for path, do, needed, back in _FORMS
            ),
        ],
        include_in_schema=False,
    )


async def _chooser(request: HttpRequest) -> Answer:
    person = await person_at(request, ActorKind.STAFF)
    return to_sign_in(request) if person is None else await choosing.chooser_page(person)


def _at_desk(show: _Page, needed: Permission | None, back: str | None = None) -> _Handler:
    """The handler of a page or form of one merchant, for those who work for it."""

    async def handle(request: HttpRequest) -> Answer:
        person = await person_at(request, ActorKind.STAFF)
        named: dict[str, UUID] = dict(request.path_params)
        merchant_id = named.pop("merchant_id")
        if person is None:
            return to_sign_in(request, f"/merchant/{merchant_id}{back}" if back else None)
        return await show(request, await desk_of(person, merchant_id, needed), **named)

    return handle


def _everywhere(path: str) -> list[str]:
    return [language.localized(path) for language in i18n.languages()]
