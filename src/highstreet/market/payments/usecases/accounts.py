"""Merchants' accounts at the provider: opened once, shown to their owner there, asked after here."""

from uuid import UUID

from highstreet.kit import outbox
from highstreet.kit.database import Database, Transaction
from highstreet.kit.errors import Conflict, NotFound
from highstreet.market.payments.domain import facts
from highstreet.market.payments.domain.accounts import Account, AccountWanted, check_wanted
from highstreet.market.payments.providers.port import Provider
from highstreet.market.payments.repository import accounts as rows


async def connect_account(database: Database, provider: Provider, wanted: AccountWanted, return_url: str) -> str:
    """Where a merchant shows the provider who they are; their account there is opened the first time.

    The address holds for minutes and one visit, so it is asked for anew each time. Raises InvalidInput, Conflict where
    the merchant has an account in another country or currency, and as the provider does.
    """
    check_wanted(wanted)
    async with database.system() as tx:
        known = await rows.find(tx, wanted.merchant_id, provider.name)
    if known is None:
        opened = await provider.open_account(wanted)
        async with database.system() as tx:
            await rows.keep(tx, provider.name, wanted, opened.provider_ref)
            known = await account_of(tx, wanted.merchant_id, provider.name)
    if (known.country, known.currency) != (wanted.country, wanted.currency):
        raise Conflict(f"The merchant's account is in {known.country} and {known.currency}, and stays so")
    return await provider.account_page(known.provider_ref, return_url)


async def account_of(tx: Transaction, merchant_id: UUID, provider: str) -> Account:
    """As it was when the provider was last asked. Raises NotFound for none, or none that the actor may see."""
    found = await rows.find(tx, merchant_id, provider)
    if found is None:
        raise NotFound("The merchant has no account at the provider yet")
    return found


async def refresh_account(database: Database, provider: Provider, merchant_id: UUID) -> Account:
    """Ask the provider about a merchant's account; when it becomes ready, that is told as a fact."""
    async with database.system() as tx:
        known = await account_of(tx, merchant_id, provider.name)
    seen = await provider.look_at_account(known.provider_ref)
    async with database.system() as tx:
        held = await rows.lock(tx, merchant_id, provider.name)
        assert held is not None, "accounts are never removed"
        await rows.note(tx, merchant_id, provider.name, seen)
        if seen.ready and not held.ready:
            payable = facts.MerchantPayable(
                merchant_id=merchant_id,
                provider=provider.name,
                provider_ref=held.provider_ref,
                currency=held.currency,
            )
            await outbox.record(
                tx, aggregate="merchant", aggregate_id=merchant_id, name=facts.ACCOUNT_READY, payload=payable
            )
        return await account_of(tx, merchant_id, provider.name)
