"""How likely each column is each text or count of a deal, and which of them are taken.

Names and values are scored apart and joined as independent evidence (a noisy or), as COMA joins its matchers: Do and
Rahm, "COMA: A System for Flexible Combination of Schema Matching Approaches" (VLDB 2002).
"""

from collections.abc import Callable, Collection, Mapping
from typing import Final

import msgspec

from highstreet.kit.money import is_currency
from highstreet.market.feeds.domain.suggestion import shapes
from highstreet.market.feeds.domain.suggestion.assignment import assign
from highstreet.market.feeds.domain.suggestion.profiles import MOSTLY, Profile, Sample

TAKEN_FROM: Final = 0.5
"""A likelihood below is no suggestion."""

SURE_FROM: Final = 0.75
"""A likelihood below is a suggestion with a doubt."""

_LONGEST_KIND: Final = 10.0
"""In words: longer texts name no kind, not even as a path."""

_NAME_WEIGHT: Final = 0.85


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of columns beyond their own cells: shares of their texts, by column."""

    places: Mapping[str, float] = {}
    """How many of the cells are places that the catalogue knows."""
    categories: Mapping[str, float] = {}
    """How many of the cells name a category of ours."""


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A column taken for a field, and how likely that is, from 0 to 1."""

    column: Profile
    likelihood: float
    by_name: float
    by_values: float

    @property
    def sure(self) -> bool:
        return self.likelihood >= SURE_FROM

    @property
    def reason(self) -> str:
        """Where the likelihood comes from."""
        if self.by_name >= 0.5 and self.by_values >= 0.5:
            return "its name and its values say so"
        if self.by_name >= 0.5:
            return "its name says so"
        return "its values say so" if self.by_values >= 0.5 else "it fits best"


_Score = Callable[[Profile, Evidence], float]


class _Field(msgspec.Struct, frozen=True):
    """How one field is recognised: by its concepts, by its values, and how far values alone are trusted."""

    named: Callable[[Profile], float]
    valued: _Score
    trust: float
    possible: _Score


def _named(concepts: Mapping[str, float], against: Collection[str] = ()) -> Callable[[Profile], float]:
    """The highest weight among a name's concepts, a third of it if another concept says that it is something else."""

    def score(column: Profile) -> float:
        best = max((weight for concept, weight in concepts.items() if concept in column.concepts), default=0.0)
        return best / 3 if column.concepts & frozenset(against) else best

    return score


_TO_PLACES = ("town", "region", "street", "country", "postal", "latitude", "longitude")


def _title_name(column: Profile) -> float:
    concepts = column.concepts
    if concepts & {"kind", "merchant", "picture", "link", "identity", "region", "street", "country", "person", "town"}:
        return 0.2 if "promotion" in concepts and "title" in concepts else 0.0
    if "title" in concepts:
        return 0.8 if column.words == ("name",) else 1.0
    if "promotion" in concepts:
        return 0.7 if "text" in concepts else 0.55
    return 0.0


def _prose(column: Profile, fewest: float, most: float, shortest: float, longest: float) -> float:
    """How well the length of a column's texts fits: half for words, half for characters."""
    words, length = column.mean_words, column.mean_length
    return 0.5 * (fewest <= words <= most) + 0.5 * (shortest <= length <= longest)


def _title_values(column: Profile, _: Evidence) -> float:
    return _prose(column, 2, 30, 10, 160) * (0.3 + 0.7 * column.unique_share)


def _description_values(column: Profile, _: Evidence) -> float:
    return min(1.0, column.mean_length / 120) * (0.5 + 0.5 * column.unique_share)


def _merchant_values(column: Profile, _: Evidence) -> float:
    return _prose(column, 1, 7, 3, 60) * (1.0 if column.unique_share > 0.05 else 0.3)


def _category_values(column: Profile, evidence: Evidence) -> float:
    few = column.distinct <= max(20, 0.3 * len(column.filled))
    return (1.0 if few else 0.3) * (0.2 + 0.8 * evidence.categories.get(column.name, 0.0))


def _place_values(column: Profile, evidence: Evidence) -> float:
    found = evidence.places.get(column.name, 0.0) * (0.5 + 0.5 * column.filled_share)
    return found * 0.5 if column.distinct == 1 and len(column.filled) > 1 else found


def _text(column: Profile, _: Evidence) -> float:
    return float(column.is_text)


def _long_text(column: Profile, _: Evidence) -> float:
    return float(column.is_text and column.mean_length >= 60)


def _short_text(column: Profile, _: Evidence) -> float:
    return float(column.is_text and column.mean_length <= 80 and column.count_share < 0.5)


def _kind_text(column: Profile, _: Evidence) -> float:
    short = column.mean_length <= 150 and column.mean_words <= _LONGEST_KIND
    return float(column.is_text and short and column.count_share < 0.5)


def _link(column: Profile, _: Evidence) -> float:
    return float(column.link_share >= 0.9)


def _whole_numbers(column: Profile, _: Evidence) -> float:
    counted = column.is_number and column.whole and not column.marks and not column.is_date
    return float(counted and column.unique_share <= 1.0) if counted else float(column.count_share >= MOSTLY)


def _is_currencies(column: Profile, _: Evidence) -> float:
    texts = column.counts.keys()
    return float(0 < len(texts) <= 30 and all(is_currency(text.upper()) or text in shapes.MARKS for text in texts))


def _ratings_name(column: Profile) -> float:
    concepts = column.concepts
    if "rated" not in concepts:
        return 0.0
    if "number" in concepts or column.count_share >= MOSTLY:
        return 1.0
    looks_like_a_score = bool(concepts & {"score"}) or (column.is_number and (not column.whole or column.median <= 10))
    return 0.0 if looks_like_a_score else 0.8


def _options_values(column: Profile, _: Evidence) -> float:
    return min(1.0, column.priced_share * 1.1)


_FIELDS: Final[Mapping[str, _Field]] = {
    "title": _Field(_title_name, _title_values, 0.6, _text),
    "description": _Field(
        _named({"text": 1.0}, ("title", "kind", "merchant", *_TO_PLACES)), _description_values, 0.35, _long_text
    ),
    "merchant": _Field(
        _named({"merchant": 1.0}, ("link", "picture", "identity", "promotion", "person", *_TO_PLACES)),
        _merchant_values,
        0.2,
        _short_text,
    ),
    "category": _Field(_named({"kind": 1.0}, ("identity", "link", "picture")), _category_values, 0.6, _kind_text),
    "place": _Field(
        _named({"town": 1.0, "region": 0.7}, ("identity", "kind", "picture", "street", "link", "person")),
        _place_values,
        0.85,
        _short_text,
    ),
    "url": _Field(
        _named({"link": 1.0}, ("picture", "merchant", "more")),
        lambda column, _: (0.4 + 0.6 * column.unique_share) * (1 - column.picture_share),
        0.8,
        _link,
    ),
    "image": _Field(_named({"picture": 1.0}, ("more", "merchant")), lambda column, _: column.picture_share, 0.8, _link),
    "currency": _Field(_named({"money mark": 1.0}), _is_currencies, 0.7, _is_currencies),
    "sold": _Field(
        _named({"bought": 1.0}, ("left", "rated", "identity", "cost", "fee")), _whole_numbers, 0.03, _whole_numbers
    ),
    "ratings": _Field(_ratings_name, lambda column, _: 0.5 * column.count_share, 0.3, _whole_numbers),
}

_OPTIONS: Final = _Field(
    lambda _: 0.0, _options_values, 0.95, lambda column, _: float(column.priced_share >= TAKEN_FROM)
)


def priced_text(sample: Sample, evidence: Evidence) -> Match | None:
    """The column whose texts hold priced choices; it may be the description as well."""
    weighed = [_weigh(_OPTIONS, column, evidence) for column in sample.columns if column.filled]
    return max((each for each in weighed if each.likelihood > 0), key=lambda each: each.likelihood, default=None)


def match(sample: Sample, taken: Collection[str], evidence: Evidence) -> dict[str, Match]:
    """The fields that some column is likely to be. `taken` are columns that are something else already."""
    columns = [column for column in sample.columns if column.filled and column.name not in taken]
    table = [[_weigh(field, column, evidence) for column in columns] for field in _FIELDS.values()]
    scores = [[each.likelihood if each.likelihood >= TAKEN_FROM else 0.0 for each in row] for row in table]
    return {
        name: row[column]
        for name, row, column in zip(_FIELDS, table, assign(scores), strict=True)
        if column is not None
    }


def _weigh(field: _Field, column: Profile, evidence: Evidence) -> Match:
    """Name and values as independent witnesses; nothing where the values cannot be the field at all."""
    if not field.possible(column, evidence):
        return Match(column=column, likelihood=0.0, by_name=0.0, by_values=0.0)
    by_name, by_values = field.named(column), field.valued(column, evidence)
    likelihood = 1 - (1 - _NAME_WEIGHT * by_name) * (1 - field.trust * by_values)
    filled = 0.8 + 0.2 * column.filled_share
    return Match(column=column, likelihood=likelihood * filled, by_name=by_name, by_values=by_values)
