"""What is asked of the provider, outside any transaction, and what comes of its answers."""

from uuid import UUID

from highstreet.kit.database import Database
from highstreet.kit.errors import Conflict, InvalidInput, NotFound
from highstreet.market.payments.domain.payments import Payment, Wish
from highstreet.market.payments.domain.seen import Seen
from highstreet.market.payments.domain.watching import FIRST_LOOK
from highstreet.market.payments.providers.port import At, PageWanted, Provider
from highstreet.market.payments.repository import payments as rows
from highstreet.market.payments.usecases.applying import Then, apply, find
from highstreet.market.payments.usecases.requests import standing


async def open_page(
    database: Database, provider: Provider, payment_id: UUID, return_url: str, *, title: str, language: str = "en"
) -> str:
    """Where the shopper pays: the same page each time. `title` is what they read there beside the amount.

    Raises NotFound, Conflict for a payment that is not open (any more), and as the provider does.
    """
    async with database.system() as tx:
        payment = await rows.by_id(tx, payment_id)
    if payment is None:
        raise NotFound(f"There is no payment {payment_id}")
    if not payment.is_open:
        raise Conflict("This payment is not open any more")
    wanted = PageWanted(
        payment_id=payment.id,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        capture=payment.capture,
        title=title,
        return_url=return_url,
        language=language,
        created_at=payment.created_at,
        expires_at=payment.expires_at,
    )
    known = whereabouts(payment, provider) if payment.provider_ref else None
    page = await provider.open(wanted, known)
    async with database.system() as tx:
        payment = await standing(tx, payment_id)
        if not await rows.address(tx, payment_id, provider.name, page.provider_ref, tx.now + FIRST_LOOK):
            raise Conflict("This payment was opened at another provider")
        if not payment.is_open:
            await rows.wish(tx, payment_id, Wish.VOID)
    if not payment.is_open:
        raise Conflict("This payment is not open any more")
    return page.url


async def refresh(database: Database, provider: Provider, payment_id: UUID, then: Then | None = None) -> Payment:
    """Ask the provider what became of a payment, and apply it as a webhook's word would be; the payment as it is now.

    `then` follows in the same transaction. For the browser's return, and wherever word may have been lost.
    """
    async with database.system() as tx:
        payment = await rows.by_id(tx, payment_id)
    if payment is None:
        raise NotFound(f"There is no payment {payment_id}")
    if payment.provider_ref is None:
        return payment
    return await take_in(database, provider, await provider.look(whereabouts(payment, provider)), then)


def whereabouts(payment: Payment, provider: Provider) -> At:
    """Raises InvalidInput for a payment that is at another provider."""
    if payment.provider != provider.name or payment.provider_ref is None:
        raise InvalidInput.at("payment", f"{payment.id} is at {payment.provider or 'no provider'}, not {provider.name}")
    return At(payment.id, payment.provider_ref, payment.charge_ref, payment.currency)


async def take_in(database: Database, provider: Provider, seen: Seen, then: Then | None) -> Payment:
    """Apply an answer of the provider."""
    async with database.system() as tx:
        payment = await find(tx, provider.name, seen)
        if payment is None:
            raise NotFound("The provider answered about another payment than it was asked about")
        payment, _, problem = await apply(tx, provider.name, payment, seen)
        if problem is not None:
            await rows.postpone(tx, payment.id, None, f"The payment {problem}")
        elif then is not None:
            await then(tx, payment)
    return payment
