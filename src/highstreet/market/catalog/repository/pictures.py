"""The pictures of deals, and which of them are still to be fetched."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from highstreet.kit.database import Transaction
from highstreet.kit.pictures.making import MadePicture
from highstreet.kit.pictures.shapes import Focus
from highstreet.market.catalog.domain.pictures import PictureRecord, ShelvedPicture, WantedPicture


class _Number(msgspec.Struct, frozen=True):
    number: int


class _Turn(msgspec.Struct, frozen=True):
    mine: bool


class _Digest(msgspec.Struct, frozen=True):
    digest: str


async def claim(tx: Transaction, digest: str) -> None:
    """Hold what is kept under a digest until the transaction ends: nobody sweeps it away meanwhile.

    Whoever holds a deal as well takes that afterwards.
    """
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"picture {digest}"])


async def try_claim(tx: Transaction, digest: str) -> bool:
    """As `claim`, unless somebody else holds it."""
    turn = await tx.fetch_one(
        _Turn, "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0)) AS mine", [f"picture {digest}"]
    )
    return turn is not None and turn.mine


async def keep(tx: Transaction, picture: MadePicture, *, refocus: bool) -> None:
    """Know a picture. One that is known keeps its point unless somebody chose another."""
    await tx.execute(
        """
        INSERT INTO catalog.pictures (
            digest, width, height, bytes, placeholder, focus_x, focus_y, created_at, changed_at
        )
        VALUES (
            %(digest)s, %(width)s, %(height)s, %(bytes)s, %(placeholder)s, %(x)s, %(y)s, %(now)s, %(now)s
        )
        ON CONFLICT (digest) DO UPDATE SET
            placeholder = excluded.placeholder, focus_x = excluded.focus_x, focus_y = excluded.focus_y,
            changed_at = excluded.changed_at
        WHERE %(refocus)s AND (pictures.focus_x, pictures.focus_y) <> (excluded.focus_x, excluded.focus_y)
        """,
        {
            **msgspec.structs.asdict(picture),
            "x": picture.focus.x,
            "y": picture.focus.y,
            "now": tx.now,
            "refocus": refocus,
        },
    )


async def refocus(tx: Transaction, digest: str, focus: Focus, placeholder: bytes) -> None:
    await tx.execute(
        """
        UPDATE catalog.pictures SET focus_x = %s, focus_y = %s, placeholder = %s, changed_at = %s WHERE digest = %s
        """,
        [focus.x, focus.y, placeholder, tx.now, digest],
    )


async def add(tx: Transaction, deal_id: UUID, digest: str, address: str | None, alt: str | None) -> int:
    """Show a picture at the first free position of a deal, which the caller holds; the position."""
    added = await tx.fetch_one(
        _Number,
        """
        INSERT INTO catalog.deal_pictures (
            deal_id, position, digest, address, from_feed, state, attempts, alt, created_at, changed_at
        )
        SELECT %(deal)s, min(free.number), %(digest)s, %(address)s, false, 'shown', 0, %(alt)s, %(now)s, %(now)s
        FROM generate_series(0, 99) AS free (number)
        WHERE NOT EXISTS (
            SELECT FROM catalog.deal_pictures AS taken
            WHERE taken.deal_id = %(deal)s AND taken.position = free.number
        )
        RETURNING position AS number
        """,
        {"deal": deal_id, "digest": digest, "address": address, "alt": alt, "now": tx.now},
    )
    assert added is not None
    return added.number


async def of_deal(tx: Transaction, deal_id: UUID) -> list[PictureRecord]:
    """Every picture of a deal, in order."""
    rows = await tx.fetch_all(
        dict[str, Any],
        """
        SELECT
            deal_pictures.position, deal_pictures.state, deal_pictures.digest, deal_pictures.address,
            deal_pictures.from_feed, deal_pictures.reason, deal_pictures.attempts, deal_pictures.alt,
            pictures.width, pictures.height, pictures.focus_x, pictures.focus_y
        FROM catalog.deal_pictures
        LEFT JOIN catalog.pictures ON deal_pictures.digest = pictures.digest
        WHERE deal_pictures.deal_id = %s
        ORDER BY deal_pictures.position
        """,
        [deal_id],
    )
    return msgspec.convert(rows, list[PictureRecord])


async def drop(tx: Transaction, deal_id: UUID, position: int) -> None:
    """Forget a picture; one that a feed names is remembered as refused, so that the feed does not bring it back."""
    await tx.execute(
        "DELETE FROM catalog.deal_pictures WHERE deal_id = %s AND position = %s AND NOT from_feed", [deal_id, position]
    )
    await tx.execute(
        """
        UPDATE catalog.deal_pictures
        SET state = 'refused', reason = 'was removed here', digest = NULL, due_at = NULL, changed_at = %s
        WHERE deal_id = %s AND position = %s
        """,
        [tx.now, deal_id, position],
    )


async def want(tx: Transaction, stated: Mapping[UUID, str | None]) -> None:
    """Take over which picture the feed names for each deal. One that it named before stays as it is."""
    if not stated:
        return
    given = {"deals": list(stated), "addresses": list(stated.values()), "now": tx.now}
    await tx.execute(
        """
        DELETE FROM catalog.deal_pictures USING unnest(%(deals)s::uuid[], %(addresses)s::text[]) AS given (id, address)
        WHERE deal_pictures.deal_id = given.id AND deal_pictures.from_feed AND given.address IS NULL
        """,
        given,
    )
    await tx.execute(
        """
        UPDATE catalog.deal_pictures SET
            address = given.address, state = 'wanted', reason = NULL, attempts = 0, due_at = %(now)s,
            changed_at = %(now)s
        FROM unnest(%(deals)s::uuid[], %(addresses)s::text[]) AS given (id, address)
        WHERE deal_pictures.deal_id = given.id AND deal_pictures.from_feed AND deal_pictures.address <> given.address
        """,
        given,
    )
    await tx.execute(
        """
        INSERT INTO catalog.deal_pictures (
            deal_id, position, address, from_feed, state, attempts, due_at, created_at, changed_at
        )
        SELECT
            given.id,
            (
                SELECT min(free.number) FROM generate_series(0, 99) AS free (number)
                WHERE NOT EXISTS (
                    SELECT FROM catalog.deal_pictures AS taken
                    WHERE taken.deal_id = given.id AND taken.position = free.number
                )
            ),
            given.address, true, 'wanted', 0, %(now)s, %(now)s, %(now)s
        FROM unnest(%(deals)s::uuid[], %(addresses)s::text[]) AS given (id, address)
        WHERE given.address IS NOT NULL AND NOT EXISTS (
            SELECT FROM catalog.deal_pictures AS known WHERE known.deal_id = given.id AND known.from_feed
        )
        """,
        given,
    )


async def ask_again(tx: Transaction, deal_id: UUID) -> int:
    """Want every refused picture of a deal anew that has an address; how many."""
    return await tx.execute(
        """
        UPDATE catalog.deal_pictures
        SET state = 'wanted', reason = NULL, attempts = 0, due_at = %s, changed_at = %s
        WHERE deal_id = %s AND state = 'refused' AND address IS NOT NULL
        """,
        [tx.now, tx.now, deal_id],
    )


async def take_due(tx: Transaction, most: int, most_of_host: int, lost_at: datetime) -> list[WantedPicture]:
    """Pictures whose time has come, those that waited longest first; each is being fetched now until `lost_at`.

    As long as fewer than `most` are being fetched, and fewer than `most_of_host` from the same host. Those that nobody
    brought to an end in time are wanted again.
    """
    await tx.execute(
        "UPDATE catalog.deal_pictures SET state = 'wanted' WHERE state = 'fetching' AND due_at <= %s", [tx.now]
    )
    rows = await tx.fetch_all(
        dict[str, Any],
        """
        WITH RECURSIVE busy AS (
            SELECT left(split_part(address, '/', 3), 255) AS host, count(*) AS pictures
            FROM catalog.deal_pictures WHERE state = 'fetching' GROUP BY 1
        ), hosts (host) AS (
            -- From each host of the index to the next, however many pictures are wanted from it.
            SELECT min(left(split_part(address, '/', 3), 255)) FROM catalog.deal_pictures WHERE state = 'wanted'
            UNION ALL
            SELECT (
                SELECT min(left(split_part(address, '/', 3), 255)) FROM catalog.deal_pictures
                WHERE state = 'wanted' AND left(split_part(address, '/', 3), 255) > hosts.host
            )
            FROM hosts WHERE hosts.host IS NOT NULL
        ), due AS (
            SELECT turn.deal_id, turn.position
            FROM hosts LEFT JOIN busy ON hosts.host = busy.host
            CROSS JOIN LATERAL (
                SELECT deal_id, position, due_at FROM catalog.deal_pictures
                WHERE state = 'wanted' AND left(split_part(address, '/', 3), 255) = hosts.host AND due_at <= %(now)s
                ORDER BY due_at LIMIT greatest(0, %(most_of_host)s - coalesce(busy.pictures, 0))
            ) AS turn
            ORDER BY turn.due_at, turn.deal_id, turn.position
            LIMIT greatest(0, %(most)s - (SELECT coalesce(sum(pictures), 0) FROM busy))
        ), taken AS (
            SELECT deal_id, position FROM catalog.deal_pictures INNER JOIN due USING (deal_id, position)
            WHERE state = 'wanted' FOR UPDATE OF deal_pictures SKIP LOCKED
        )
        UPDATE catalog.deal_pictures SET state = 'fetching', due_at = %(lost_at)s
        FROM taken
        WHERE deal_pictures.deal_id = taken.deal_id AND deal_pictures.position = taken.position
        RETURNING deal_pictures.deal_id, deal_pictures.position, deal_pictures.address, deal_pictures.attempts
        """,
        {"now": tx.now, "most": most, "most_of_host": most_of_host, "lost_at": lost_at},
    )
    return msgspec.convert(rows, list[WantedPicture])


async def begin(tx: Transaction, wanted: WantedPicture, lost_at: datetime) -> bool:
    """Count an attempt; whether it is still to be made. It is not by whoever comes late, or comes again."""
    return bool(
        await tx.execute(
            """
            UPDATE catalog.deal_pictures SET attempts = attempts + 1, due_at = %s
            WHERE deal_id = %s AND position = %s AND address = %s AND state = 'fetching' AND attempts = %s
            """,
            [lost_at, wanted.deal_id, wanted.position, wanted.address, wanted.attempts],
        )
    )


async def fetched_before(tx: Transaction, address: str) -> str | None:
    """The digest of a picture that came from this very address and is shown."""
    found = await tx.fetch_one(
        _Digest,
        """
        SELECT digest FROM catalog.deal_pictures
        WHERE md5(address) = md5(%(address)s) AND address = %(address)s AND state = 'shown' LIMIT 1
        """,
        {"address": address},
    )
    return found.digest if found else None


# What became of a fetched picture counts only if the deal still wants that address.


async def show(tx: Transaction, wanted: WantedPicture, digest: str) -> bool:
    """Whether it is still wanted, and so is shown from now on."""
    return bool(
        await tx.execute(
            """
            UPDATE catalog.deal_pictures
            SET state = 'shown', digest = %s, reason = NULL, due_at = NULL, changed_at = %s
            WHERE deal_id = %s AND position = %s AND address = %s AND state = 'fetching'
            """,
            [digest, tx.now, wanted.deal_id, wanted.position, wanted.address],
        )
    )


async def refuse(tx: Transaction, wanted: WantedPicture, reason: str) -> None:
    await tx.execute(
        """
        UPDATE catalog.deal_pictures
        SET state = 'refused', digest = NULL, reason = %s, due_at = NULL, changed_at = %s
        WHERE deal_id = %s AND position = %s AND address = %s AND state = 'fetching'
        """,
        [reason, tx.now, wanted.deal_id, wanted.position, wanted.address],
    )


async def postpone(tx: Transaction, wanted: WantedPicture, wait_s: int, *, counted: bool) -> None:
    """Try again later. An attempt that is not counted was none."""
    await tx.execute(
        """
        UPDATE catalog.deal_pictures
        SET state = 'wanted', due_at = %s, attempts = attempts - CASE WHEN %s THEN 0 ELSE 1 END
        WHERE deal_id = %s AND position = %s AND address = %s AND state = 'fetching'
        """,
        [tx.now + timedelta(seconds=wait_s), counted, wanted.deal_id, wanted.position, wanted.address],
    )


async def shelved(tx: Transaction, beginning: str) -> list[ShelvedPicture]:
    """Every picture that is known whose digest begins like this."""
    return await tx.fetch_all(
        ShelvedPicture,
        """
        SELECT
            digest, unused_since,
            EXISTS (SELECT FROM catalog.deal_pictures WHERE deal_pictures.digest = pictures.digest) AS used
        FROM catalog.pictures WHERE digest BETWEEN %s AND %s
        """,
        _span(beginning),
    )


async def shown_from(tx: Transaction, digest: str, most: int) -> list[str]:
    """Digests of pictures that deals have, from this one upwards, and from the lowest when the highest was reached."""
    rows = await tx.fetch_all(
        _Digest,
        """
        SELECT digest FROM (SELECT DISTINCT digest FROM catalog.deal_pictures WHERE digest IS NOT NULL) AS shown
        ORDER BY digest < %s, digest LIMIT %s
        """,
        [digest, most],
    )
    return [row.digest for row in rows]


async def note_use(tx: Transaction, beginning: str) -> None:
    """Note from when on pictures have been used by no deal, and forget it of those that are used again."""
    await tx.execute(
        """
        UPDATE catalog.pictures SET unused_since = CASE WHEN seen.used THEN NULL ELSE %s::timestamptz END
        FROM (
            SELECT
                digest,
                EXISTS (SELECT FROM catalog.deal_pictures WHERE deal_pictures.digest = known.digest) AS used
            FROM catalog.pictures AS known WHERE digest BETWEEN %s AND %s
        ) AS seen
        WHERE pictures.digest = seen.digest AND seen.used = (pictures.unused_since IS NOT NULL)
        """,
        [tx.now, *_span(beginning)],
    )


async def forget(tx: Transaction, digests: Sequence[str]) -> None:
    """Know pictures no longer that no deal has."""
    if digests:
        await tx.execute("DELETE FROM catalog.pictures WHERE digest = ANY(%s)", [list(digests)])


def _span(beginning: str) -> tuple[str, str]:
    return beginning.ljust(64, "0"), beginning.ljust(64, "f")
