"""The small tables that travel with a generation, and are read whole."""

import msgspec

from highstreet.discovery.search.language.synonyms import Synonym
from highstreet.discovery.search.usecases.synonyms import synonyms
from highstreet.kit.database import Transaction
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.categories import CategoryTree
from highstreet.market.catalog.domain.places import Division


class Tables(msgspec.Struct, frozen=True, kw_only=True):
    categories: CategoryTree
    divisions: tuple[Division, ...]
    synonyms: tuple[Synonym, ...]


async def read_tables(tx: Transaction) -> Tables:
    return Tables(
        categories=await catalog.categories(tx),
        divisions=tuple(await catalog.divisions(tx)),
        synonyms=await synonyms(tx),
    )
