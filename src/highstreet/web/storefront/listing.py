"""A list of deals with its filters: what place, category and search pages have in common."""

from collections.abc import Mapping
from typing import Any

import msgspec
from markupsafe import Markup

from highstreet.discovery.search import service as search
from highstreet.discovery.search.service import Correction, SearchResult
from highstreet.kit.errors import InvalidInput
from highstreet.market.catalog.domain.names import fold
from highstreet.web.answers import Answer
from highstreet.web.storefront.cards import Cards, cards
from highstreet.web.storefront.controls import chips
from highstreet.web.storefront.filters import RADII, Filters, read_filters, search_query
from highstreet.web.storefront.narrowing import Kind, Scope, Select, Way, kinds, selects, ways_on, without_place
from highstreet.web.storefront.visit import Head, Visit, fragment, page


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that `listing.html` shows. Paths are without the language's prefix."""

    scope: Scope
    filters: Filters
    total: int
    cards: Cards
    kinds: Markup
    has_kinds: bool
    selects: list[Select]
    hidden: Mapping[str, str]
    """Parameters that the filter form passes on untouched."""
    next_path: str | None
    first_path: str | None
    """None on the first page."""
    corrected: tuple[Correction, ...]
    """Words that no deal has, and what was looked for instead."""
    has_fewer_words: bool
    """Few deals have all words, so that those with most of them are shown, too."""
    meant: Way | None
    """The words that may have been meant where these find nothing, and the list for them."""
    ways_on: list[Way]
    """Out of a list that is empty, or that has not what the words say."""
    cleared_path: str | None
    """The list without its filters; None when none is set."""

    @property
    def path(self) -> str:
        return self.scope.path

    @property
    def params(self) -> dict[str, str]:
        """Everything that the address says after its path, apart from the page reached."""
        return {**self.scope.fixed, **self.filters.params}

    @property
    def is_whole_place(self) -> bool:
        """All that there is around a place, with nothing narrowed."""
        return self.scope.has_centre and self.scope.category is None and not self.filters.params

    @property
    def is_plain(self) -> bool:
        """Nothing is filtered, this is the first page, and something was found: worth a search engine's time."""
        return not self.filters.params and not self.filters.cursor and self.total > 0


def find_listing(visit: Visit, scope: Scope) -> Listing:
    """The page of the list that the visit's address names. Raises InvalidInput for filters that cannot be used."""
    filters, result = _found(visit, scope, read_filters(visit.params, scope.unit))
    links = kinds(visit.language, visit.index, scope, filters, result)
    words = {"q": filters.text} if filters.text else {}
    after = {**filters.params, "cursor": result.next_cursor or ""}
    return Listing(
        scope=scope,
        filters=filters,
        total=result.total,
        cards=cards(visit, result.hits, scope.unit),
        kinds=chips(visit.language, links),
        has_kinds=len(links) > 1,
        selects=selects(visit.language, scope, filters, result),
        hidden={**scope.fixed, **words},
        next_path=scope.address(after) if result.next_cursor else None,
        first_path=scope.address(filters.params) if filters.cursor else None,
        corrected=result.corrected,
        has_fewer_words=result.words_met < result.words,
        meant=_meant(visit, scope, filters, result),
        ways_on=[] if result.total else _ways_on(visit, scope, filters, result),
        cleared_path=scope.address(words) if filters.without("q") else None,
    )


def _found(visit: Visit, scope: Scope, filters: Filters) -> tuple[Filters, SearchResult]:
    """What search finds, and for which filters: an old cursor begins the list again instead of being refused."""
    try:
        return filters, search.find(visit.index, _query(visit, scope, filters))
    except InvalidInput as refused:
        if {problem.field for problem in refused.problems} != {"cursor"}:
            raise
        return _found(visit, scope, msgspec.structs.replace(filters, cursor=None))


def _ways_on(visit: Visit, scope: Scope, filters: Filters, result: SearchResult) -> list[Way]:
    wide = _query(visit, scope, msgspec.structs.replace(filters, radius=RADII[scope.unit][-1], cursor=None))
    counts = result.relaxed | search.widened(visit.index, _query(visit, scope, filters), wide.radius_km)
    if scope.has_centre and (filters.text or "radius_km" not in counts):  # without words, all is everywhere
        counts["everywhere"] = _total(visit, Scope(kind=Kind.SEARCH, category=scope.category), without_place(filters))
    return ways_on(visit.language, scope, filters, counts)


def _meant(visit: Visit, scope: Scope, filters: Filters, result: SearchResult) -> Way | None:
    """The same question in the words that may have been meant, where it finds something."""
    meant = {each.word: each.meant for each in result.instead}
    text = " ".join(meant.get(fold(word), word) for word in filters.text.split())
    if text == filters.text:
        return None
    mended = msgspec.structs.replace(filters, text=text, cursor=None)
    total = _total(visit, scope, mended)
    return Way(text, scope.address(mended.params), total) if total else None


def _total(visit: Visit, scope: Scope, filters: Filters) -> int:
    return search.count(visit.index, _query(visit, scope, filters))


def _query(visit: Visit, scope: Scope, filters: Filters) -> search.SearchQuery:
    return search_query(filters, visit.now, scope.place, scope.category, scope.point)


def list_page(visit: Visit, template: str, head: Head, listing: Listing, context: Mapping[str, Any]) -> Answer:
    """The whole page, or for a live filter the list and what stands around it."""
    if visit.wants_fragment:
        address = visit.localized(listing.scope.address(listing.filters.params))
        return fragment(visit, "listing_live.html", {"listing": listing}, address, listing.cards.html)
    around = {"listing": listing, "find_text": listing.filters.text}
    return page(visit, template, head, {**around, **context}, listing.cards.html)
