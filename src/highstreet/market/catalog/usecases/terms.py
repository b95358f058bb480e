"""Freezing what a deal promises."""

from collections.abc import Sequence
from uuid import UUID

from highstreet.kit.database import Transaction
from highstreet.market.catalog.domain.terms import TermsVersion, terms_of
from highstreet.market.catalog.repository import deals as rows
from highstreet.market.catalog.repository import published


async def freeze(tx: Transaction, deal_ids: Sequence[UUID]) -> None:
    """Keep the terms of deals as they stand; where these are as they were last frozen, there is no new version."""
    if not deal_ids:
        return
    latest = await rows.latest_terms(tx, deal_ids)
    versions: list[TermsVersion] = []
    for deal in await published.in_any_state(tx, deal_ids):
        terms = terms_of(deal)
        digest = terms.digest()
        version, last_digest = latest.get(deal.id, (0, ""))
        if digest != last_digest:
            versions.append(
                TermsVersion(deal_id=deal.id, version=version + 1, digest=digest, terms=terms, made_at=tx.now)
            )
    if versions:
        await rows.freeze(tx, versions)
