"""Every address of an operator's pages, each once in every language."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from litestar import Router, get, post

from highstreet.kit.database import ActorKind
from highstreet.market.identity.domain.roles import Permission
from highstreet.web import i18n
from highstreet.web.answers import Answer
from highstreet.web.operator import approvals, books, differences, entrance, finding, order
from highstreet.web.operator.office import office_of
from highstreet.web.person import person_at, to_sign_in
from highstreet.web.problems import HttpRequest

_Handler: TypeAlias = Callable[[HttpRequest], Awaitable[Answer]]
_Page: TypeAlias = Callable[..., Awaitable[Answer]]

_HERE: Final = "/operator"
_PAGES: Final[tuple[tuple[str, _Page, Permission | None], ...]] = (
    ("", entrance.entrance_page, None),
    ("/orders", finding.orders_page, Permission.ORDERS_READ),
    ("/orders/{order_id:uuid}", order.order_page, Permission.ORDERS_READ),
    ("/approvals", approvals.approvals_page, Permission.DEALS_REVIEW),
    ("/approvals/{deal_id:uuid}", approvals.approval_page, Permission.DEALS_REVIEW),
    ("/differences", differences.differences_page, Permission.LEDGER_READ),
    ("/ledger", books.balances_page, Permission.LEDGER_READ),
    ("/ledger/entries/{entry_id:uuid}", books.entry_page, Permission.LEDGER_READ),
    ("/ledger/{code:str}", books.account_page, Permission.LEDGER_READ),
    ("/ledger/{code:str}/lines.csv", books.account_file, Permission.LEDGER_READ),
)
_FORMS: Final[tuple[tuple[str, _Page, Permission, str], ...]] = (
    ("/orders/{order_id:uuid}/refund", order.refund, Permission.ORDERS_REFUND, "/orders"),
    ("/orders/{order_id:uuid}/void", order.void, Permission.ORDERS_REFUND, "/orders"),
    ("/approvals/{deal_id:uuid}/approve", approvals.approve, Permission.DEALS_REVIEW, "/approvals"),
    ("/approvals/{deal_id:uuid}/refuse", approvals.refuse, Permission.DEALS_REVIEW, "/approvals"),
    ("/differences/{difference_id:uuid}", differences.settle, Permission.LEDGER_READ, "/differences"),
)
"""Each with the page to return to where somebody has to sign in first."""


def operator_router() -> Router:
    return Router(
        "/",
        route_handlers=[
            get(_everywhere(_HERE + path), include_in_schema=False)(_in_office(show, needed))
            for path, show, needed in _PAGES
        ]
        + [
            post(_everywhere(_HERE + path), include_in_schema=False)(_in_office(do, needed, back))
            for path, do, needed, back in _FORMS
        ],
        include_in_schema=False,
    )


def _in_office(show: _Page, needed: Permission | None, back: str | None = None) -> _Handler:
    """The handler of a page or form, for operators who may. Who has to sign in first comes back to the page `back`."""

    async def handle(request: HttpRequest) -> Answer:
        person = await person_at(request, ActorKind.OPERATOR)
        if person is None:
            return to_sign_in(request, back and _HERE + back)
        return await show(request, await office_of(person, needed), **request.path_params)

    return handle


def _everywhere(path: str) -> list[str]:
    return [language.localized(path) for language in i18n.languages()]
