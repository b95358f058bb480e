"""What the feed's places probably are: readings of each spelling, and of several places of one name the likely one.

Which country, and how near the others are, decides between places of one name; where that leaves two, the suggestion
says so. A spelling that no reading fits stays unknown: nothing is matched by likeness.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from math import asin, cos, radians, sin, sqrt
from typing import Final

import msgspec

from highstreet.market.catalog.domain.names import fold
from highstreet.market.catalog.domain.places import Place
from highstreet.market.feeds.domain.suggestion.shapes import MARKS

NEAR_KM: Final = 100.0
"""Places within so far of one another can be one town and its surroundings."""

LOCAL_FROM: Final = 0.6
"""So many of the placed rows lie around one place in a feed of one city."""

_CLEARLY: Final = 8.0
"""How many times more people the likely place of a name has to have than the next one, to be beyond doubt."""

_EARTH_KM: Final = 6_371.0
_GLUED: Final = re.compile(r"(st|ste|mt|ft)([a-z]{4,})")
_REACHES: Final[Mapping[str, frozenset[str]]] = {
    "division": frozenset(
        {"multiple locations", "various locations", "several locations", "many locations", "all locations", "citywide",
         "varias ubicaciones", "varios lugares", "mehrere standorte", "verschiedene standorte", "plusieurs lieux",
         "plusieurs adresses"}
    ),
    "online": frozenset(
        {"online", "online deal", "online only", "redeem online", "internet", "web", "en linea", "en ligne", "通販",
         "オンライン", "delivery", "shipped"}
    ),
}  # fmt: skip
_AROUND: Final = ("area", "metro", "metro area", "region", "county", "y alrededores", "und umgebung", "et environs")


class Spelling(msgspec.Struct, frozen=True, kw_only=True):
    """A text that stands for a place, how many rows have it, and the marks of money in those rows."""

    text: str
    rows: int
    marks: Mapping[str, int] = {}


class Reading(msgspec.Struct, frozen=True):
    """One way to read a spelling: a name, perhaps a region or country beside it, perhaps a second town (`rest`)."""

    name: str
    within: tuple[str, ...] = ()
    rest: str | None = None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The likely place of a spelling. `others` are further places that it may be, the likeliest first."""

    spelling: Spelling
    place: Place
    sure: bool
    others: tuple[Place, ...] = ()
    read: Reading
    standing: bool = False
    """Whether a table that comes with Highstreet says so already."""


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """All spellings of a feed, by what they are."""

    found: tuple[Found, ...] = ()
    reaches: Mapping[str, tuple[str, ...]] = {}
    """Texts that mean the whole division, or anywhere."""
    unknown: tuple[Spelling, ...] = ()
    centre: Place | None = None
    """The place that most rows name or lie around."""
    local: bool = False
    """Whether most of the placed rows lie around the centre."""
    far: tuple[Found, ...] = ()
    """Of a local feed: places that lie far from its centre."""

    def country(self) -> str | None:
        """The country of most rows."""
        votes = Counter[str]()
        for each in self.found:
            votes[each.place.country_code] += each.spelling.rows
        return votes.most_common(1)[0][0] if votes else None


def readings(text: str) -> list[Reading]:
    """How a spelling can be read, the plainest way first: `Chicago, IL`, `albany-ga`, `raleigh-durham`, `stlouis`."""
    name, *within = (part.strip() for part in text.split(","))
    if within and name:
        return [Reading(name, tuple(fold(part) for part in within if part))]
    words = fold(text.replace("-", " ").replace("_", " ")).split()
    found = [Reading(" ".join(words))] if words else []
    if len(words) > 1 and len(words[-1]) == 2 and words[-1].isascii():
        found.insert(0, Reading(" ".join(words[:-1]), (words[-1],)))
    if len(words) == 1 and len(_parted(words[0])) > 1:
        found.append(Reading(" ".join(_parted(words[0]))))
    if "-" in text or "/" in text:
        found += _double_names(words)
        parted = [part for word in words for part in _parted(word)]
        if parted != words:
            found += _double_names(parted)
    return found


def _double_names(words: Sequence[str]) -> list[Reading]:
    """Two towns in one text, cut between any two words, the longest first town first."""
    return [Reading(" ".join(words[:at]), (), " ".join(words[at:])) for at in range(len(words) - 1, 0, -1)]


def _parted(word: str) -> list[str]:
    """`stlouis` as `st louis`."""
    glued = _GLUED.fullmatch(word)
    return [glued[1], glued[2]] if glued else [word]


def bare(text: str) -> tuple[str, str | None]:
    """A text as the import reads it: a name, and the region behind its last comma."""
    name, comma, region = (" ".join(part.split()) for part in text.rpartition(","))
    return (name, region) if comma else (region, None)


def reach_of(text: str) -> str | None:
    """`division` or `online` where a text says that, None where it may be a place."""
    folded = fold(text)
    return next((reach for reach, texts in _REACHES.items() if folded in texts), None)


def locate(
    spellings: Sequence[Spelling],
    named: Mapping[str, Sequence[Place]],
    regions: Collection[str] = (),
    standing: Mapping[str, Place] | None = None,
) -> Located:
    """The likely place of each spelling. `named` are the catalogue's places by name, the weightiest first.

    `regions` are regions that the rows state in another column, if they all state the same. `standing` are spellings
    whose place is known already.
    """
    known = standing or {}
    fixed = [
        Found(spelling=each, place=known[each.text], sure=True, read=Reading(each.text), standing=True)
        for each in spellings
        if each.text in known
    ]
    reaches: dict[str, list[str]] = {}
    open_spellings: list[Spelling] = []
    for spelling in spellings:
        reach = reach_of(spelling.text)
        if spelling.text in known:
            continue
        if reach is None:
            open_spellings.append(spelling)
        else:
            reaches.setdefault(reach, []).append(spelling.text)
    options = {each.text: _candidates(each, named, regions) for each in open_spellings}
    home = _home(open_spellings, options) or next((each.place.country_code for each in fixed), None)
    options |= {each.spelling.text: [(each.read, [each.place])] for each in fixed}
    centre, local = _centre([*open_spellings, *(each.spelling for each in fixed)], options, home)
    found = list(fixed)
    unknown: list[Spelling] = []
    for spelling in open_spellings:
        chosen = _choose(spelling, options[spelling.text], named, home, centre if local else None)
        if chosen is not None:
            found.append(chosen)
        elif centre is not None and _around(spelling.text, centre):
            reaches.setdefault("division", []).append(spelling.text)
        else:
            unknown.append(spelling)
    far = [each for each in found if local and centre and distance_km(each.place, centre) > 4 * NEAR_KM]
    return Located(
        found=tuple(found),
        reaches={reach: tuple(texts) for reach, texts in reaches.items()},
        unknown=tuple(unknown),
        centre=centre,
        local=local,
        far=tuple(far),
    )


_Options = list[tuple[Reading, list[Place]]]


def _candidates(spelling: Spelling, named: Mapping[str, Sequence[Place]], regions: Collection[str]) -> _Options:
    """For each reading that any place fits, those places. Money that a place does not use rules it out."""
    allowed = {code for mark in spelling.marks for code in MARKS.get(mark, (mark,))}
    found: _Options = []
    for reading in readings(spelling.text):
        places = [place for place in named.get(reading.name, ()) if _is_within(place, reading.within)]
        places = [place for place in places if not allowed or place.currency in allowed]
        if regions and not reading.within:
            places = [place for place in places if _is_within(place, tuple(regions))] or places
        if reading.rest is not None and not named.get(reading.rest):
            continue
        if places:
            found.append((reading, places))
    return found


def _is_within(place: Place, within: tuple[str, ...]) -> bool:
    own = {fold(part) for part in (place.region_code, place.region_name or "", place.country_code, place.country_name)}
    return all(part in own for part in within)


def _home(spellings: Iterable[Spelling], options: Mapping[str, _Options]) -> str | None:
    """The country in which the most rows find their place."""
    votes = Counter[str]()
    for spelling in spellings:
        for _, places in options[spelling.text][:1]:
            votes.update(dict.fromkeys({place.country_code for place in places[:3]}, spelling.rows))
    return votes.most_common(1)[0][0] if votes else None


def _at_home(places: Sequence[Place], home: str | None) -> list[Place]:
    return [place for place in places if place.country_code == home] or list(places)


def _centre(
    spellings: Iterable[Spelling], options: Mapping[str, _Options], home: str | None
) -> tuple[Place | None, bool]:
    """The place around which the most rows lie, and whether those are most of all."""
    weights = Counter[str]()
    likely: dict[str, Place] = {}
    for spelling in spellings:
        if options[spelling.text]:
            place = _at_home(options[spelling.text][0][1], home)[0]
            likely[place.slug] = place
            weights[place.slug] += spelling.rows
    if not likely:
        return None, False
    around = {
        slug: sum(weights[other] for other in likely if distance_km(likely[slug], likely[other]) <= NEAR_KM)
        for slug, _ in weights.most_common(40)
    }
    best = max(around, key=lambda slug: (around[slug] >= LOCAL_FROM * weights.total(), weights[slug], around[slug]))
    return likely[best], around[best] >= LOCAL_FROM * weights.total()


def _choose(
    spelling: Spelling,
    options: _Options,
    named: Mapping[str, Sequence[Place]],
    home: str | None,
    centre: Place | None,
) -> Found | None:
    for reading, places in options:
        candidates = _at_home(places, home)
        if centre is not None and not reading.within:
            # In a feed of one town, a name that is only found far away is no place but a venue, or a part of the town.
            candidates = [place for place in candidates if distance_km(place, centre) <= NEAR_KM]
        if reading.rest is not None:
            candidates = [place for place in candidates if _beside(place, named[reading.rest])]
        if not candidates:
            continue
        first, *others = candidates
        near = centre is not None and distance_km(first, centre) <= NEAR_KM
        rivals = tuple(place for place in others if place.population * _CLEARLY > first.population)
        sure = reading.rest is None and (bool(reading.within) or near or not rivals)
        return Found(spelling=spelling, place=first, sure=sure, others=() if sure else rivals[:4], read=reading)
    return None


def _beside(first: Place, others: Sequence[Place]) -> bool:
    """Whether a second town of a double name lies beside the first."""
    return any(distance_km(first, other) <= NEAR_KM for other in others)


def _around(text: str, centre: Place) -> bool:
    folded = fold(text)
    return folded in {f"{fold(centre.name)} {word}" for word in _AROUND} | {f"greater {fold(centre.name)}"}


def distance_km(one: Place, other: Place) -> float:
    """Along the earth's surface, by the haversine formula."""
    latitude, longitude = radians(one.latitude), radians(other.latitude)
    across = sin((longitude - latitude) / 2) ** 2
    along = cos(latitude) * cos(longitude) * sin(radians(other.longitude - one.longitude) / 2) ** 2
    return 2 * _EARTH_KM * asin(min(1.0, sqrt(across + along)))
