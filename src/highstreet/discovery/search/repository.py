"""All SQL of search."""

from highstreet.kit.database import Transaction


async def lineage(tx: Transaction) -> str:
    """Names the catalogue's table of deals, as it is stored in this database of this cluster.

    A cursor of another lineage means nothing: it is from elsewhere, or from before the table was emptied.
    """
    cursor = await tx.connection.execute(
        """
        SELECT concat_ws('-', system_identifier, database.oid, pg_relation_filenode('catalog.deals'))
        FROM pg_control_system(), pg_database AS database
        WHERE database.datname = current_database()
        """
    )
    row = await cursor.fetchone()
    assert row is not None
    return str(row[0])


async def is_past(tx: Transaction, snapshot: str) -> bool:
    """Whether a cursor is of this database's past.

    Where the whole cluster was put back to an earlier day, it may be of a future that never came.
    """
    cursor = await tx.connection.execute(
        "SELECT pg_snapshot_xmax(%s::pg_snapshot) <= pg_snapshot_xmax(pg_current_snapshot())", [snapshot]
    )
    row = await cursor.fetchone()
    assert row is not None
    return bool(row[0])
