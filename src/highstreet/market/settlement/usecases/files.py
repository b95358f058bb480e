"""Statements as files, for whoever may read them."""

from uuid import UUID

from highstreet.kit.database import Transaction
from highstreet.market.catalog import service as catalog
from highstreet.market.settlement.rendering.csv_file import to_csv
from highstreet.market.settlement.rendering.pdf_file import to_pdf
from highstreet.market.settlement.usecases.reading import statement, statement_lines


async def statement_as_csv(tx: Transaction, statement_id: UUID) -> bytes:
    """Raises NotFound for one that the actor may not see."""
    found = await statement(tx, statement_id)
    return to_csv(found, await statement_lines(tx, statement_id))


async def statement_as_pdf(tx: Transaction, statement_id: UUID) -> bytes:
    """Raises NotFound for one that the actor may not see."""
    found = await statement(tx, statement_id)
    name = await catalog.merchant_name(tx, found.merchant_id)
    return to_pdf(found, await statement_lines(tx, statement_id), name or str(found.merchant_id))
