"""The wallet: one's vouchers, each at the size of a phone, and giving one away."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import segno
from markupsafe import Markup

from highstreet.kit.database import Transaction
from highstreet.kit.errors import Conflict, InvalidInput, NotFound
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.terms import Terms, TermsPoint
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.accounts import to_address
from highstreet.market.orders import service as orders
from highstreet.market.orders.service import OrderLinks
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.codes import shown_short_code
from highstreet.market.vouchers.domain.gifts import Gift
from highstreet.market.vouchers.domain.vouchers import OPEN, Recipient, Voucher, VoucherState
from highstreet.web.actors import actor_of, caller_of, refuse_elsewhere, visitor_of
from highstreet.web.addresses import with_query
from highstreet.web.answers import Answer
from highstreet.web.cookies import login_cookie
from highstreet.web.problems import HttpRequest, describe
from highstreet.web.redirects import see_other
from highstreet.web.storefront.account.forms import fields_of, with_cookies
from highstreet.web.storefront.deal_facts import fine_print
from highstreet.web.storefront.shopping.whose import Holder, check_form, form_token, reader_of, shown, to_sign_in
from highstreet.web.storefront.shopping.words import good_until, moment, paid_value, voucher_cards
from highstreet.web.storefront.shopping.words import voucher_state as in_a_word
from highstreet.web.storefront.shopping.words import voucher_step as step_words
from highstreet.web.storefront.visit import Visit

_PAGE: Final = 50
_NAME, _MESSAGE = 200, 2_000


async def wallet_page(request: HttpRequest, visit: Visit) -> Answer:
    if await caller_of(request) is None:
        return shown(visit, "wallet.html", visit.language.translate("Your vouchers"), {"known": False})
    actor = await reader_of(request)
    assert actor.id is not None, "whoever is signed in has an account"
    before = _id(visit.params.get("before", ""))
    async with visit.runtime.database.transaction(actor) as tx:
        found = await vouchers.vouchers_of(tx, actor.id, before=before, limit=_PAGE)
    cards = voucher_cards(visit.language, found, Holder(actor.id, None))
    used = [each for each in cards if each.voucher.state is VoucherState.REDEEMED]
    context = {
        "known": True,
        "ready": [each for each in cards if each.is_open],
        "used": used,
        "over": [each for each in cards if not each.is_open and each not in used],
        "older": visit.localized(f"/vouchers?before={found[-1].id}") if len(found) == _PAGE else None,
    }
    return shown(visit, "wallet.html", visit.language.translate("Your vouchers"), context)


async def voucher_page(request: HttpRequest, visit: Visit, voucher_id: UUID) -> Answer:
    if not visit.params.get("key") and await caller_of(request) is None:
        return to_sign_in(visit)
    return await _laid_out(request, visit, voucher_id, {}, visit.params.get("key", ""))


async def pdf(request: HttpRequest, visit: Visit, voucher_id: UUID) -> Answer:
    """The voucher on a sheet of paper, to be printed or kept."""
    key = visit.params.get("key", "")
    if not key and await caller_of(request) is None:
        return to_sign_in(visit)
    voucher, holder = await _held(request, visit, voucher_id, key)
    async with visit.runtime.database.system() as tx:
        content = await vouchers.voucher_as_pdf(tx, visit.runtime.voucher_keys, voucher.id, holder.account_id)
    headers = (
        (b"content-type", b"application/pdf"),
        (b"content-length", str(len(content)).encode("ascii")),
        (b"content-disposition", f'attachment; filename="voucher-{voucher.id}.pdf"'.encode("ascii")),
    )
    return Answer(200, headers, content)


async def give(request: HttpRequest, visit: Visit, voucher_id: UUID) -> Answer:
    """Offer a voucher to somebody; its page then has the link that makes it theirs."""
    fields = await fields_of(request)
    voucher, holder = await _held(request, visit, voucher_id, fields.get("key", ""))
    await check_form(request, holder, fields)
    beside = _gift_problems(visit, fields)
    if beside:
        return await _laid_out(request, visit, voucher_id, fields, fields.get("key", ""), beside=beside, status=422)
    name, email, message = (fields.get(field, "").strip() or None for field in ("name", "email", "message"))
    try:
        async with visit.runtime.database.system() as tx:
            await vouchers.give(tx, holder.account_id, voucher.id, Recipient(name=name, email=email, message=message))
    except Conflict as problem:
        told = visit.language.translate("This voucher is on its way to somebody already, or is good for nothing more.")
        status = describe(problem).status
        return await _laid_out(request, visit, voucher_id, fields, fields.get("key", ""), told=told, status=status)
    return see_other(visit.localized(holder.path(f"/vouchers/{voucher.id}")))


async def take_back(request: HttpRequest, visit: Visit, voucher_id: UUID) -> Answer:
    fields = await fields_of(request)
    voucher, holder = await _held(request, visit, voucher_id, fields.get("key", ""))
    await check_form(request, holder, fields)
    try:
        async with visit.runtime.database.system() as tx:
            gift = await vouchers.waiting_gift(tx, voucher.id)
            if gift is not None:
                await vouchers.withdraw(tx, holder.account_id, gift.id)
    except Conflict as problem:
        told = visit.language.translate("Somebody was quicker: the gift was claimed already.")
        status = describe(problem).status
        return await _laid_out(request, visit, voucher_id, fields, fields.get("key", ""), told=told, status=status)
    return see_other(visit.localized(holder.path(f"/vouchers/{voucher.id}")))


async def gift_page(request: HttpRequest, visit: Visit) -> Answer:
    """What the link of a gift leads to. It asks before it does anything: programs that look at mail follow links."""
    return await _gift_shown(request, visit, visit.params.get("token", ""), {})


async def claim(request: HttpRequest, visit: Visit) -> Answer:
    """Make a gift one's own, signed in or as a guest."""
    fields = await fields_of(request)
    token, runtime = fields.get("token", ""), visit.runtime
    known = await caller_of(request)
    if known is None:
        refuse_elsewhere(request)
        try:
            account, begun = await identity.begin_as_guest(
                runtime.database, fields.get("email", ""), visit.language.code, visitor_of(request)
            )
        except InvalidInput:
            return await _gift_shown(request, visit, token, fields, wrong=True)
        account_id, cookies = account.id, [login_cookie(runtime.settings, begun, visit.now)]
    else:
        account_id, cookies = (await actor_of(request)).id, []
    assert account_id is not None, "whoever is signed in has an account"
    try:
        async with runtime.database.system() as tx:
            mine = await vouchers.claim_gift(tx, runtime.voucher_keys, token, account_id)
    except (Conflict, NotFound):
        return await _gift_shown(request, visit, token, fields)
    return with_cookies(see_other(visit.localized(f"/vouchers/{mine.id}")), *cookies)


async def _gift_shown(
    request: HttpRequest, visit: Visit, token: str, fields: Mapping[str, str], *, wrong: bool = False
) -> Answer:
    async with visit.runtime.database.system() as tx:
        gift = await vouchers.gift_of_token(tx, visit.runtime.voucher_keys, token)
        voucher = await vouchers.voucher(tx, gift.voucher_id) if gift else None
    _ = visit.language.translate
    is_open = voucher is not None and voucher.state in OPEN
    title = _("A gift for you") if is_open else _("This gift is not here any more")
    message = _("Please give an e-mail address, such as name@example.com.")
    context = {
        "gift": gift,
        "voucher": voucher if is_open else None,
        "token": token,
        "when": good_until(visit.language, voucher) if voucher and is_open else "",
        "known": await caller_of(request) is not None,
        "email": fields.get("email", ""),
        "beside": {"email": message} if wrong else {},
        "csrf": await form_token(request),
    }
    status = 422 if wrong else 200 if is_open else 404
    return shown(visit, "gift.html", title, context, status, path="/gift", params={"token": token})


async def _held(request: HttpRequest, visit: Visit, voucher_id: UUID, key: str) -> tuple[Voucher, Holder]:
    """A voucher of whoever asks. Raises NotFound for one that is another's, or was given away."""
    if key:
        async with visit.runtime.database.system() as tx:
            voucher = await vouchers.voucher(tx, voucher_id)
            order = await orders.order(tx, voucher.order_id)
        is_key = OrderLinks(visit.runtime.secret).is_key(order.id, key)
        if not is_key or voucher.owner_account_id != order.account_id:
            raise NotFound("There is no such voucher")
        return voucher, Holder(order.account_id, key)
    actor = await reader_of(request)
    async with visit.runtime.database.transaction(actor) as tx:
        voucher = await vouchers.voucher(tx, voucher_id)
    if voucher.owner_account_id != actor.id:
        raise NotFound("There is no such voucher")
    return voucher, Holder(voucher.owner_account_id, None)


async def _laid_out(
    request: HttpRequest,
    visit: Visit,
    voucher_id: UUID,
    fields: Mapping[str, str],
    key: str,
    *,
    beside: Mapping[str, str] | None = None,
    told: str = "",
    status: int = 200,
) -> Answer:
    voucher, holder = await _held(request, visit, voucher_id, key)
    language, keys = visit.language, visit.runtime.voucher_keys
    async with visit.runtime.database.system() as tx:
        codes = await vouchers.codes_of(tx, keys, voucher.id, holder.account_id)
        steps = await vouchers.history(tx, voucher.id)
        gift = await vouchers.waiting_gift(tx, voucher.id)
        version = await catalog.terms(tx, voucher.deal_id, voucher.terms_version)
        link = await _gift_link(tx, visit, gift)
    assert version is not None, "a voucher refers to its terms"
    is_open = voucher.state in OPEN
    context = {
        "voucher": voucher,
        "terms": version.terms,
        "points": _points(version.terms, voucher),
        "fine_print": fine_print(language, version.terms),
        "is_open": is_open,
        "state": in_a_word(language, voucher.state),
        "qr": _qr(keys.signed_text(voucher, codes.bearer, visit.now)) if is_open else None,
        "short": shown_short_code(codes.short),
        "paid_value": paid_value(language, voucher),
        "steps": [(step_words(language, each.step), moment(language, each.at, voucher.time_zone)) for each in steps],
        "gift": gift,
        "gift_link": link,
        "csrf": await form_token(request, holder),
        "key": holder.key or "",
        "pdf_path": holder.path(f"/vouchers/{voucher.id}/pdf"),
        "order_path": holder.path(f"/orders/{voucher.order_id}") if await _ordered(visit, voucher) else None,
        "fields": {name: fields.get(name, "") for name in ("name", "email", "message")},
        "beside": beside or {},
        "told": told,
    }
    params = {"key": holder.key} if holder.key else {}
    return shown(visit, "voucher.html", voucher.title, context, status, path=f"/vouchers/{voucher.id}", params=params)


async def _gift_link(tx: Transaction, visit: Visit, gift: Gift | None) -> str | None:
    if gift is None:
        return None
    token = await vouchers.gift_token(tx, visit.runtime.voucher_keys, gift.id)
    return visit.origin + visit.localized(with_query("/gift", {"token": token}))


async def _ordered(visit: Visit, voucher: Voucher) -> bool:
    """Whether its owner is who ordered it; who got it as a gift sees nothing of the order."""
    async with visit.runtime.database.system() as tx:
        return (await orders.order(tx, voucher.order_id)).account_id == voucher.owner_account_id


def _points(terms: Terms, voucher: Voucher) -> Sequence[TermsPoint]:
    """Where it is redeemed: the places of the deal that it names, or all of them."""
    named = [each for each in terms.points if each.location_id in voucher.location_ids]
    return named or terms.points


def _qr(text: str) -> Markup:
    """A picture of the code, with the quiet edge that scanners need; the style sheet says how large."""
    drawn = segno.make(text, error="m", boost_error=False, micro=False).svg_inline(border=4, omitsize=True)
    return Markup(drawn)  # noqa: S704 -- drawn by a library out of squares, without a word of anybody's


def _gift_problems(visit: Visit, fields: Mapping[str, str]) -> dict[str, str]:
    _ = visit.language.translate
    found: dict[str, str] = {}
    if len(fields.get("name", "")) > _NAME or "\x00" in fields.get("name", ""):
        found["name"] = _("Who is it for? A name of up to 200 letters.")
    if len(fields.get("message", "")) > _MESSAGE or "\x00" in fields.get("message", ""):
        found["message"] = _("Please keep the message below 2,000 letters.")
    if fields.get("email", "").strip():
        try:
            to_address(fields["email"])
        except InvalidInput:
            found["email"] = _("Please give an e-mail address, such as name@example.com.")
    return found


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
