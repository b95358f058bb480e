"""What merchants' staff do, and whoever pays merchants by hand."""

from typing import Final, LiteralString
from uuid import UUID

import msgspec

from highstreet.market.settlement import service as settlement
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.redemptions import Presented, Redeemer, Redemption, Refused
from tests.simulation.simulation import KEYS, Row, Simulation, Visit

_VOUCHERS: Final[LiteralString] = "SELECT id, state FROM vouchers.vouchers ORDER BY id"
_PAYOUTS: Final[LiteralString] = "SELECT id, state FROM settlement.payouts ORDER BY id"


async def redeem(sim: Simulation) -> None:
    voucher = sim.pick(_VOUCHERS, "issued", "promo_expired")
    if voucher is None:
        return
    sim.note("voucher", voucher, "redeemed")
    visit = Visit(voucher.id, f"visit {len(sim.visits)}", _units(sim, voucher.id))
    sim.visits.append(visit)
    await _redeem(sim, visit)


class _Left(msgspec.Struct, frozen=True):
    units: int
    units_left: int
    in_money: bool


def _units(sim: Simulation, voucher_id: UUID) -> int | None:
    """Some of what is left, all of it, or more than there is."""
    [left] = sim.onlooker.rows(
        _Left, "SELECT units, units_left, in_money FROM vouchers.vouchers WHERE id = %s", [voucher_id]
    )
    if left.units == 1:
        return None
    if sim.rng.random() < 0.3:
        return max(1, left.units_left)
    return sim.rng.randint(1, left.units_left + (left.units // 10 if left.in_money else 1))


async def redeem_again(sim: Simulation) -> None:
    """The same visit is told twice: what it did is done once."""
    if not sim.visits:
        return
    visit = sim.rng.choice(sim.visits[-6:])
    row = (sim.rows("SELECT id, state FROM vouchers.vouchers WHERE id = %s", [visit.voucher_id]))[0]
    sim.note("voucher", row, "redeemed again")
    former = sim.rows("SELECT id, 'done' AS state FROM vouchers.redemptions WHERE nonce = %s", [visit.nonce])
    answer = await _redeem(sim, visit)
    if former:
        assert isinstance(answer, Redemption), "a visit that was told again is answered as before"
        assert answer.id == former[0].id, "a visit that was told again is the same redemption"


async def redeem_elsewhere(sim: Simulation) -> None:
    """Another merchant tries to."""
    voucher = sim.pick(_VOUCHERS)
    if voucher is None:
        return
    sim.note("voucher", voucher, "redeemed elsewhere")
    stranger = Visit(voucher.id, f"stranger {sim.rng.getrandbits(40)}", 1)
    answer = await _redeem(sim, stranger, foreign=True)
    assert isinstance(answer, Refused), "a voucher is redeemed at its merchant"


async def _redeem(sim: Simulation, visit: Visit, *, foreign: bool = False) -> Redemption | Refused:
    async with sim.real.system() as tx:
        voucher = await vouchers.voucher(tx, visit.voucher_id)
        codes = await vouchers.codes_of(tx, KEYS, visit.voucher_id, voucher.owner_account_id)
    merchant_id = next(each for each in sim.market.merchants if (each == voucher.merchant_id) != foreign)
    code = codes.short if sim.rng.random() < 0.3 and not foreign else codes.bearer
    sim.focus |= {voucher.order_id} if not sim.fate.aside else set[UUID]()
    presented = Presented(
        code=code, nonce=visit.nonce, location_id=sim.market.locations[merchant_id], units=visit.units
    )
    redeemer = Redeemer(merchant_id=merchant_id, account_id=sim.market.staff)
    async with sim.database.system() as tx:
        return await vouchers.redeem(tx, KEYS, redeemer, presented)


async def reverse(sim: Simulation) -> None:
    found = sim.pick("SELECT id, merchant_id::text AS state FROM vouchers.redemptions ORDER BY id")
    if found is None:
        return
    voucher = sim.rows(
        """
        SELECT id, state FROM vouchers.vouchers
        WHERE id = (SELECT voucher_id FROM vouchers.redemptions WHERE id = %s)
        """,
        [found.id],
    )
    sim.note("voucher", voucher[0], "reversed")
    redeemer = Redeemer(merchant_id=UUID(found.state), account_id=sim.market.staff)
    async with sim.database.system() as tx:
        await vouchers.reverse(tx, redeemer, found.id, reason="the wrong table")


async def declare_void(sim: Simulation) -> None:
    """An operator takes a voucher out of use."""
    voucher = sim.pick(_VOUCHERS, "issued", "promo_expired")
    if voucher is None:
        return
    sim.note("voucher", voucher, "declared void")
    async with sim.database.system() as tx:
        await vouchers.void(tx, voucher.id, by_id=sim.market.staff, reason="it was printed wrongly")


async def send_payout(sim: Simulation) -> None:
    payout = _payout(sim, "sent by a person")
    if payout is not None:
        async with sim.database.system() as tx:
            await settlement.mark_sent(tx, payout.id)


async def note_payout(sim: Simulation) -> None:
    """It arrived, or came back; then the merchant is paid again once somebody says so."""
    payout = sim.pick(_PAYOUTS, "proposed", "sent")
    if payout is not None:
        await _note_payout(sim, payout, failed=sim.rng.random() < 0.3)


async def look_for_payouts(sim: Simulation) -> int:
    """Whatever nobody was told the end of, somebody looks for in the end; how many those were."""
    left = sim.rows("SELECT id, state FROM settlement.payouts WHERE state = 'sent' AND due_at IS NULL ORDER BY id")
    for payout in left:
        await _note_payout(sim, payout, failed=False)
    return len(left)


async def _note_payout(sim: Simulation, payout: Row, *, failed: bool) -> None:
    """Of what a provider was asked to send, only what is found there is said."""
    if sim.rows("SELECT id, state FROM settlement.payouts WHERE id = %s AND problem IS NOT NULL", [payout.id]):
        failed = not sim.rows(
            "SELECT number AS id, kind AS state FROM sandbox.records WHERE kind = 'transfer' AND reference = %s",
            [str(payout.id)],
        )
    sim.note("payout", payout, "came back" if failed else "arrived")
    async with sim.database.system() as tx:
        if failed:
            await settlement.mark_failed(tx, payout.id, "the account is closed")
        else:
            await settlement.mark_paid(tx, payout.id)


def _payout(sim: Simulation, event: str) -> Row | None:
    payout = sim.pick(_PAYOUTS, "proposed", "sent")
    if payout is not None:
        sim.note("payout", payout, event)
    return payout
