"""Statements as their merchants see them."""

from uuid import UUID

from highstreet.kit.database import Transaction
from highstreet.kit.errors import InvalidInput, NotFound
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.roles import Permission
from highstreet.market.settlement.domain.statements import Statement, StatementLine
from highstreet.market.settlement.repository import statements as rows


async def require_reader(tx: Transaction, merchant_id: UUID) -> None:
    """Raises Forbidden for who may not read a merchant's statements, to whom it would seem to have none otherwise."""
    await identity.require(tx, Permission.STATEMENTS_READ, merchant_id)


async def statements(
    tx: Transaction, merchant_id: UUID, *, before: UUID | None = None, limit: int = 50
) -> list[Statement]:
    """A merchant's, newest first, behind the one with the id `before`; none where the actor may not see them."""
    if not 1 <= limit <= 100:
        raise InvalidInput.at("limit", "between 1 and 100 statements can be read at once")
    return await rows.of_merchant(tx, merchant_id, before, limit)


async def statement(tx: Transaction, statement_id: UUID) -> Statement:
    """Raises NotFound for one that the actor may not see."""
    found = await rows.find(tx, statement_id)
    if found is None:
        raise NotFound(f"There is no statement {statement_id}")
    return found


async def statement_lines(
    tx: Transaction, statement_id: UUID, *, after: int = 0, limit: int | None = None
) -> list[StatementLine]:
    """In their order, behind the line number `after`; all of them without a limit."""
    return await rows.lines(tx, statement_id, after, limit)
