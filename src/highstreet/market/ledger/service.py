"""The ledger's door: post what happened, and read what accounts hold.

Posting needs a transaction of the system, and is Forbidden to all others. Reading shows operators everything, and
others their own accounts' lines. What an entry books is decided by the rules in `ledger.domain`.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from highstreet.kit.database import Transaction
from highstreet.kit.errors import Conflict, InvalidInput, NotFound
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.roles import Permission
from highstreet.market.ledger.domain.accounts import Account, AccountCode
from highstreet.market.ledger.domain.credits import credit_moved
from highstreet.market.ledger.domain.entries import (
    AccountLine,
    Balance,
    Entry,
    LinesWanted,
    PostedEntry,
    RunningLine,
    StatedLine,
    Total,
    opposite,
)
from highstreet.market.ledger.domain.policies import EVERYWHERE, Policy, wider
from highstreet.market.ledger.rendering.csv_file import to_csv
from highstreet.market.ledger.repository import accounts, entries, policies

_LARGEST_FILE: Final = 50_000
_ALL_CODES: Final = tuple(AccountCode)
_UNSAID: Final = Policy(jurisdiction=EVERYWHERE, since=datetime.min.replace(tzinfo=UTC))


async def post(tx: Transaction, entry: Entry) -> bool:
    """Book an entry; False where it had been booked before with the same lines, and nothing was done.

    Raises Conflict where its key was booked with other lines, or what it takes back was taken back by another entry.
    """
    return await post_many(tx, [entry]) == 1


async def post_many(tx: Transaction, wanted: Iterable[Entry]) -> int:
    """Book entries in one statement; how many had not been booked before. Raises Conflict as `post` does.

    Entries that move nothing are left out.
    """
    by_key: dict[str, Entry] = {}
    for entry in wanted:
        _require_same(by_key.setdefault(entry.key, entry), entry)
    moving = {key: entry for key, entry in by_key.items() if entry.lines}
    if not moving:
        return 0
    await _require_not_reversed(tx, moving.values())
    written = await entries.insert(tx, list(moving.values()))
    if len(written) < len(moving):
        for standing in await entries.by_keys(tx, moving.keys() - written):
            _require_same(standing, moving[standing.key])
    return len(written)


async def reverse(tx: Transaction, key: str, *, new_key: str, memo: str | None = None) -> bool:
    """Book the exact opposite of the entry `key`, once. Nothing happens where that moved nothing.

    Answers and raises as `post` does.
    """
    standing = await entries.by_keys(tx, [key])
    return bool(standing) and await post(tx, opposite(standing[0], new_key, memo=memo))


async def entry(tx: Transaction, key_or_id: str | UUID) -> PostedEntry:
    """Raises NotFound for one that is not in the books, or not all the reader's to see."""
    if isinstance(key_or_id, UUID):
        found = await entries.by_id(tx, key_or_id)
    else:
        found = next(iter(await entries.by_keys(tx, [key_or_id])), None)
    if found is None:
        raise NotFound(f"There is no entry {key_or_id} in the ledger")
    return found


async def is_booked(tx: Transaction, key: str) -> bool:
    """Whether an entry has this key, for whoever does more than book it."""
    return bool(await entries.by_keys(tx, [key]))


async def entries_of_order(tx: Transaction, order_id: UUID) -> list[PostedEntry]:
    """Everything that was booked for an order and its vouchers, oldest first."""
    return await entries.of_order(tx, order_id)


async def entries_of_voucher(tx: Transaction, voucher_id: UUID) -> list[PostedEntry]:
    """Everything that was booked for one voucher, oldest first. Its sale is booked for the order as a whole."""
    return await entries.of_voucher(tx, voucher_id)


async def balance(tx: Transaction, account: Account, currency: str, *, hold: bool = False) -> Balance:
    """What one account holds.

    With `hold`, whoever else asks with it waits until this transaction ends, so that what is taken from the account on
    the strength of the answer is there.
    """
    if hold:
        await accounts.lock(tx, account, currency)
    debit_minor, lines = await accounts.one_sum(tx, account, currency)
    return Balance(account=account, currency=currency, debit_minor=debit_minor, lines=lines)


async def balances(
    tx: Transaction,
    *,
    codes: Sequence[AccountCode] = _ALL_CODES,
    party_id: UUID | None = None,
    currency: str | None = None,
) -> list[Balance]:
    """What accounts hold, by account and currency; those that never moved are not among them."""
    return await accounts.sums(tx, codes=codes, party_id=party_id, currency=currency)


async def trial_balance(tx: Transaction) -> list[Total]:
    """What all accounts of each kind hold together. Debits and credits of a currency sum to zero."""
    return await accounts.totals(tx)


async def account_lines(
    tx: Transaction, account: Account, currency: str, *, after: tuple[UUID, int] | None = None, limit: int = 100
) -> list[AccountLine]:
    """Lines of one account by the time of their entries; `after` is the `entry_id` and `position` of the last one seen.

    A transaction that takes long may add a line before one that was seen already; what must not miss any keeps count of
    the lines themselves.
    """
    if not 1 <= limit <= 10_000:
        raise InvalidInput.at("limit", "between 1 and 10,000 lines can be read at once")
    return await accounts.lines(tx, account, currency, after=after, limit=limit)


async def running_lines(
    tx: Transaction, account: Account, currency: str, wanted: LinesWanted, *, limit: int = 100
) -> list[RunningLine]:
    """The newest lines of an account that are wanted, newest first, each with what the account held with it.

    Lines that are not wanted count all the same in what was held.
    """
    return await accounts.running(tx, account, currency, wanted, limit)


async def lines_as_csv(tx: Transaction, account: Account, currency: str, wanted: LinesWanted) -> bytes:
    """The same lines as a file, newest first. Raises InvalidInput where they are too many for one."""
    lines = await accounts.running(tx, account, currency, wanted, _LARGEST_FILE + 1)
    if len(lines) > _LARGEST_FILE:
        raise InvalidInput.at("since", f"these are more than {_LARGEST_FILE:,} lines; name a shorter time")
    return to_csv(lines)


async def largest_balances(tx: Transaction, code: AccountCode, currency: str, *, limit: int = 100) -> list[Balance]:
    """Of the accounts of a kind those that hold most, on whichever side."""
    return await accounts.largest(tx, code, currency, limit)


async def move_credit(tx: Transaction, from_id: UUID, to_id: UUID) -> int:
    """What credit one customer has is another's from now on, in each currency; how many had some."""
    held = await accounts.sums(tx, codes=[AccountCode.CUSTOMER_CREDIT], party_id=from_id)
    return await post_many(
        tx,
        [
            credit_moved(from_id=from_id, to_id=to_id, currency=each.currency, amount_minor=each.normal_minor)
            for each in held
            if each.normal_minor > 0
        ],
    )


async def claim(
    tx: Transaction,
    account: Account,
    currency: str,
    claimed_by: UUID,
    *,
    keys: Sequence[str] | None = None,
    limit: int = 50_000,
) -> list[StatedLine]:
    """The lines of an account that nobody has claimed yet, oldest first, claimed from now on for ever.

    So each line is stated once, also one whose transaction took long. `keys` asks for the lines of some entries only.
    Two who claim lines of one account at once have to take turns.
    """
    return await accounts.claim(tx, account, currency, claimed_by, keys=keys, limit=limit)


async def parties(tx: Transaction, code: AccountCode) -> list[tuple[UUID, str]]:
    """Of whom there are accounts of a kind, and in which currencies."""
    return await accounts.parties(tx, code)


async def require_reader(tx: Transaction) -> None:
    """Raises Forbidden for who may not read the books, to whom they would look empty otherwise."""
    await identity.require(tx, Permission.LEDGER_READ)


async def policy(tx: Transaction, jurisdiction: str, at: datetime) -> Policy:
    """What held there at that moment: of the part, else of the country, else of everywhere.

    Where nobody said anything, vouchers stay owed for ever and the market collects no tax on what they buy.
    """
    return await policies.nearest(tx, wider(jurisdiction), at) or _UNSAID


async def all_policies(tx: Transaction) -> list[Policy]:
    """What was ever said, by jurisdiction and time."""
    return await policies.every(tx)


async def set_policy(tx: Transaction, policy: Policy) -> None:
    """Say what holds in a jurisdiction from a moment on, which must not be over. For operators.

    Raises Conflict where something was said for the same moment.
    """
    if policy.since < tx.now:
        raise InvalidInput.at("since", "a policy cannot begin in the past, which was settled by another one")
    if not await policies.insert(tx, policy):
        raise Conflict(f"There is a policy of {policy.jurisdiction} from {policy.since:%F %T} on already.")


async def _require_not_reversed(tx: Transaction, wanted: Iterable[Entry]) -> None:
    """An entry is taken back once. The database holds that too; this says it in words."""
    taking_back = {entry.reverses: entry.key for entry in wanted if entry.reverses is not None}
    if taking_back:
        for reverses, key in (await entries.reversals(tx, list(taking_back))).items():
            if taking_back[reverses] != key:
                raise Conflict(f"The entry {reverses} was taken back already, by {key}.")


def _require_same(standing: Entry, wanted: Entry) -> None:
    if _content(standing) != _content(wanted):
        raise Conflict(f"The entry {wanted.key} was booked already, with other lines.")


def _content(entry: Entry) -> tuple[object, ...]:
    return (
        entry.kind,
        entry.currency,
        entry.reverses,
        frozenset((line.account, line.amount_minor) for line in entry.lines),
    )
