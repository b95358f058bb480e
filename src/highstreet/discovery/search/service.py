"""The door: `find` answers a question from a `Generation`; a `Follower` has the one that counts."""

from highstreet.discovery.search.domain import (
    Correction,
    FacetCount,
    Hit,
    Point,
    SearchQuery,
    SearchResult,
    Sort,
    Why,
    lead_discount,
    lead_option,
)
from highstreet.discovery.search.finding import count, find, widened
from highstreet.discovery.search.index.generation import Generation, index_of
from highstreet.discovery.search.language.synonyms import Synonym
from highstreet.discovery.search.language.synonyms import read as read_synonyms
from highstreet.discovery.search.language.synonyms import written as written_synonyms
from highstreet.discovery.search.saved import MATCHED, AlertMatched, Match, SavedSearch, Wish
from highstreet.discovery.search.store.reader import Follower
from highstreet.discovery.search.suggesting import Suggestions, suggest
from highstreet.discovery.search.usecases.alerts import (
    matches,
    pause_search,
    remove_search,
    save_search,
    saved_searches,
)
from highstreet.discovery.search.usecases.synonyms import add_synonym, put_synonyms, remove_synonym, synonyms

__all__ = [
    "MATCHED",
    "AlertMatched",
    "Correction",
    "FacetCount",
    "Follower",
    "Generation",
    "Hit",
    "Match",
    "Point",
    "SavedSearch",
    "SearchQuery",
    "SearchResult",
    "Sort",
    "Suggestions",
    "Synonym",
    "Why",
    "Wish",
    "add_synonym",
    "count",
    "find",
    "index_of",
    "lead_discount",
    "lead_option",
    "matches",
    "pause_search",
    "put_synonyms",
    "read_synonyms",
    "remove_search",
    "remove_synonym",
    "save_search",
    "saved_searches",
    "suggest",
    "synonyms",
    "widened",
    "written_synonyms",
]
