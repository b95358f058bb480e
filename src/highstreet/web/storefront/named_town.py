"""A town among the words of a search: `東京 グルメ` finds no deal that says 東京, and there are many in Tokyo."""

from collections.abc import Iterator

import msgspec

from highstreet.discovery.search import service as search
from highstreet.kit.database import VISITOR
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.places import Place
from highstreet.web.storefront.filters import search_query
from highstreet.web.storefront.listing import Listing
from highstreet.web.storefront.narrowing import Kind, Scope, Way
from highstreet.web.storefront.visit import Visit


async def with_town(visit: Visit, listing: Listing) -> Listing:
    """A list that is about no place, with a way to the deals near a town that its words begin or end with.

    Only where no deal, or only a few, have all of the words.
    """
    if (listing.total and not listing.has_fewer_words) or listing.scope.has_centre or not listing.filters.text:
        return listing
    async with visit.runtime.database.transaction(VISITOR) as tx:
        for town, rest in _readings(listing.filters.text):
            for place in await catalog.places_called(tx, town, limit=1):
                if way := _way(visit, listing, place, rest):
                    return msgspec.structs.replace(listing, ways_on=[way, *listing.ways_on])
    return listing


def _readings(text: str) -> Iterator[tuple[str, str]]:
    """The first or the last word as the name of a town, and the words that remain."""
    first, *others = text.replace("\0", " ").split() or [""]
    yield first, " ".join(others)
    if others:
        yield others[-1], " ".join([first, *others[:-1]])


def _way(visit: Visit, listing: Listing, place: Place, words: str) -> Way | None:
    filters = msgspec.structs.replace(listing.filters, text=words, cursor=None)
    scope = Scope(kind=Kind.SEARCH if words else Kind.PLACE, place=place, category=listing.scope.category)
    found = search.find(visit.index, search_query(filters, visit.now, place, scope.category))
    if not found.total or found.words_met < found.words:
        return None
    _ = visit.language.translate
    label = _("“%(words)s” near %(place)s") if words else _("Deals near %(place)s")
    return Way(label % {"words": words, "place": place.name}, scope.address(filters.params), found.total)
