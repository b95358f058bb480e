"""Whose order or voucher a page shows: of who is signed in, or of whoever has the order's secret address."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias
from uuid import UUID

from highstreet.kit.crypto import Signer
from highstreet.kit.database import Actor
from highstreet.kit.errors import NotFound, Unauthenticated
from highstreet.market.orders import service as orders
from highstreet.market.orders.domain.orders import Order
from highstreet.market.orders.service import OrderLinks
from highstreet.web.actors import actor_of, caller_of, csrf_token, refuse_elsewhere
from highstreet.web.addresses import with_query
from highstreet.web.answers import Answer
from highstreet.web.problems import HttpRequest
from highstreet.web.redirects import see_other
from highstreet.web.runtime import runtime_of
from highstreet.web.storefront.account.forms import SIGN_IN
from highstreet.web.storefront.visit import Head, Visit, page, provide_visit

Handler: TypeAlias = Callable[[HttpRequest], Awaitable[Answer]]
Page: TypeAlias = Callable[..., Awaitable[Answer]]

_KEPT_NOWHERE: Final = ((b"cache-control", b"no-store"), (b"referrer-policy", b"same-origin"))


@dataclass(frozen=True, slots=True)
class Holder:
    """Who may see an order. `key` is what the address carries, and goes along in every link from there."""

    account_id: UUID
    key: str | None

    def path(self, path: str) -> str:
        return path if self.key is None else with_query(path, {"key": self.key})


def private(show: Page) -> Handler:
    """The handler of a page that is for one person: it is kept nowhere, and its address goes along nowhere."""

    async def handle(request: HttpRequest) -> Answer:
        visit = await provide_visit(request, runtime_of(request))
        answer = await show(request, visit, **request.path_params)
        return with_headers(answer, *_KEPT_NOWHERE)

    return handle


def with_headers(answer: Answer, *headers: tuple[bytes, bytes]) -> Answer:
    """The answer with these headers in the place of its own of the same names."""
    named = {name for name, _ in headers}
    return replace(answer, headers=(*(each for each in answer.headers if each[0] not in named), *headers))


def shown(
    visit: Visit,
    template: str,
    title: str,
    context: Mapping[str, Any],
    status: int = 200,
    *,
    path: str | None = None,
    params: Mapping[str, str] | None = None,
) -> Answer:
    """A page that is nobody else's business. `path` and `params` are its address where a form was sent elsewhere."""
    kept = {name: value for name, value in visit.params.items() if name in {"key", "token"}}
    head = Head(
        title=title,
        description=title,
        path=path or visit.path,
        params=kept if params is None else params,
        indexed=False,
    )
    return replace(page(visit, template, head, context), status=status)


def to_sign_in(visit: Visit) -> Answer:
    """On to signing in, and back here afterwards."""
    return see_other(visit.localized(with_query(SIGN_IN, {"next": visit.localized(visit.path)})))


async def order_of(request: HttpRequest, visit: Visit, order_id: UUID, key: str) -> tuple[Order, Holder]:
    """An order and who asks for it.

    Raises NotFound for an order that is not theirs, and Unauthenticated where nobody is signed in and the address has
    no key.
    """
    if key:
        if not OrderLinks(visit.runtime.secret).is_key(order_id, key):
            raise NotFound("There is no such order")
        async with visit.runtime.database.system() as tx:
            order = await orders.order(tx, order_id)
        return order, Holder(order.account_id, key)
    actor = await reader_of(request)
    async with visit.runtime.database.transaction(actor) as tx:
        order = await orders.order(tx, order_id)
    return order, Holder(actor.id or order.account_id, None)


async def reader_of(request: HttpRequest) -> Actor:
    """Who is signed in, guests too. Raises Unauthenticated for everybody else."""
    if await caller_of(request) is None:
        raise Unauthenticated("Sign in to see this")
    return await actor_of(request)


async def check_form(request: HttpRequest, holder: Holder, fields: Mapping[str, str]) -> None:
    """Raises Forbidden for a form that does not come from a page of ours."""
    if holder.key is None:
        await actor_of(request)
    else:
        refuse_elsewhere(request)
        if fields.get("csrf", "") != _keyed_token(request, holder.key):
            raise NotFound("There is no such order")


async def form_token(request: HttpRequest, holder: Holder | None = None) -> str:
    """The hidden word by which a form is known to be ours; empty for a visitor whom nobody knows."""
    if holder is not None and holder.key is not None:
        return _keyed_token(request, holder.key)
    caller = await caller_of(request)
    if caller is None or caller.login is None:
        return ""
    return csrf_token(runtime_of(request).secret, caller.login)


def _keyed_token(request: HttpRequest, key: str) -> str:
    return Signer(runtime_of(request).secret, "csrf").tag(key.encode()).hex()
