"""The door: `find` answers a question from a `SearchIndex`, which a `Follower` keeps in step with the catalogue."""

from highstreet.discovery.search.domain import (
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
from highstreet.discovery.search.finding import find
from highstreet.discovery.search.follower import Follower
from highstreet.discovery.search.generations import Builder, SearchIndex
from highstreet.discovery.search.language.synonyms import Synonym
from highstreet.discovery.search.language.synonyms import read as read_synonyms
from highstreet.discovery.search.language.synonyms import written as written_synonyms
from highstreet.discovery.search.usecases.synonyms import add_synonym, put_synonyms, remove_synonym, synonyms

__all__ = [
    "Builder",
    "FacetCount",
    "Follower",
    "Hit",
    "Point",
    "SearchIndex",
    "SearchQuery",
    "SearchResult",
    "Sort",
    "Synonym",
    "Why",
    "add_synonym",
    "find",
    "lead_discount",
    "lead_option",
    "put_synonyms",
    "read_synonyms",
    "remove_synonym",
    "synonyms",
    "written_synonyms",
]
