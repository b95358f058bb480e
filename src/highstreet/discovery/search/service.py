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
    "Why",
    "find",
    "lead_discount",
    "lead_option",
]
