"""Every address of an operator's pages, each once in every language."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from litestar import Router, get

from highstreet.kit.database import ActorKind
from highstreet.market.identity.domain.roles import Permission
from highstreet.web import i18n
from highstreet.web.answers import Answer
from highstreet.web.operator import books, entrance
from highstreet.web.operator.office import office_of
from highstreet.web.person import person_at, to_sign_in
from highstreet.web.problems import HttpRequest

_Handler: TypeAlias = Callable[[HttpRequest], Awaitable[Answer]]
_Page: TypeAlias = Callable[..., Awaitable[Answer]]

_HERE: Final = "/operator"
_PAGES: Final[tuple[tuple[str, _Page, Permission | None], ...]] = (
    ("", entrance.entrance_page, None),
    ("/ledger", books.balances_page, Permission.LEDGER_READ),
    ("/ledger/entries/{entry_id:uuid}", books.entry_page, Permission.LEDGER_READ),
    ("/ledger/{code:str}", books.account_page, Permission.LEDGER_READ),
    ("/ledger/{code:str}/lines.csv", books.account_file, Permission.LEDGER_READ),
)


def operator_router() -> Router:
    return Router(
        "/",
        route_handlers=[
            get(_everywhere(_HERE + path), include_in_schema=False)(_in_office(show, needed))
            for path, show, needed in _PAGES
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
