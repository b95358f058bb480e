"""The sandbox's pages: where a person pays with no money, and where a merchant shows who they are.

The address of a page holds an id that nobody guesses; who has it may use it, as with any hosted payment page.
"""

from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import msgspec
from litestar import MediaType, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath

from highstreet.sandbox import accounts, service
from highstreet.sandbox.domain import PAYABLE, Answer, PageState, PaymentOut
from highstreet.web import i18n, templating
from highstreet.web.i18n import Language
from highstreet.web.runtime import Runtime
from highstreet.web.security import content_policy

_SETTLED: Final = frozenset({PageState.AUTHORISED, PageState.CAPTURED})


class AnswerForm(msgspec.Struct, frozen=True):
    answer: Answer


@get("/pay/{payment_id:str}", include_in_schema=False)
async def pay_page(runtime: NamedDependency[Runtime], payment_id: FromPath[str]) -> Response[str]:
    async with runtime.database.system() as tx:
        found = await service.find(tx, payment_id)
    return _page(found)


@post("/pay/{payment_id:str}", include_in_schema=False, status_code=200)
async def pay(
    runtime: NamedDependency[Runtime],
    payment_id: FromPath[str],
    data: Annotated[AnswerForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[str]:
    """What the person chose as their bank's answer. Paid, they are sent back to where they came from."""
    async with runtime.database.system() as tx:
        tried = await service.attempt(tx, payment_id, data.answer)
    return _page(tried) if tried.state in PAYABLE else _sent_back(tried)


@get("/onboarding/{account_id:str}", include_in_schema=False)
async def onboarding_page(runtime: NamedDependency[Runtime], account_id: FromPath[str]) -> Response[str]:
    async with runtime.database.system() as tx:
        found = await accounts.find(tx, account_id)
    return _shown(_language("en"), "psp_onboarding.html", {"account": found})


@post("/onboarding/{account_id:str}", include_in_schema=False, status_code=200)
async def show_who_one_is(runtime: NamedDependency[Runtime], account_id: FromPath[str]) -> Response[str]:
    async with runtime.database.system() as tx:
        ready = await accounts.verify(tx, account_id)
    return _shown(_language("en"), "psp_onboarding.html", {"account": ready})


def _page(payment: PaymentOut) -> Response[str]:
    if payment.state in _SETTLED:
        return _sent_back(payment)
    context = {
        "payment": payment,
        "open": payment.state in PAYABLE,
        "challenged": payment.state is PageState.CHALLENGED,
        "declined": payment.declined > 0 and payment.state is PageState.OPEN,
    }
    return _shown(_language(payment.language), "psp_pay.html", context, leads_to=payment.return_url)


def _shown(language: Language, template: str, context: dict[str, Any], *, leads_to: str = "") -> Response[str]:
    """`leads_to` is where the page's form may end up beside its own house."""
    parts = urlsplit(leads_to)
    origin = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    policy = content_policy().replace("form-action 'self'", f"form-action 'self'{origin}")
    return Response(
        templating.render(language, template, context),
        media_type=MediaType.HTML,
        headers={"cache-control": "no-store", "content-security-policy": policy, "referrer-policy": "no-referrer"},
    )


def _sent_back(payment: PaymentOut) -> Response[str]:
    return Response(
        "",
        status_code=303,
        media_type=MediaType.HTML,
        headers={"location": payment.return_url, "cache-control": "no-store"},
    )


def _language(code: str) -> Language:
    return next((each for each in i18n.languages() if each.code == code), i18n.languages()[0])
