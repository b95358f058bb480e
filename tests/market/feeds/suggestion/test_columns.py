"""What names and values of columns say, each part by itself."""

import itertools
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.market.catalog.domain.places import Place, PlaceRecord
from highstreet.market.feeds.domain.suggestion import categories, dates, keys, places
from highstreet.market.feeds.domain.suggestion.assignment import assign
from highstreet.market.feeds.domain.suggestion.languages import language_of
from highstreet.market.feeds.domain.suggestion.names import concepts_of, weekday_of, words_of
from highstreet.market.feeds.domain.suggestion.places import Spelling
from highstreet.market.feeds.domain.suggestion.profiles import Sample, sample_of


def sample(**columns: Sequence[object]) -> Sample:
    rows = [dict(zip(columns, map(str, cells), strict=True)) for cells in zip(*columns.values(), strict=True)]
    return sample_of(list(columns), rows)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("DISPFROM", ("disp", "from")),
        ("g:sale_price", ("sale", "price")),
        ("listPriceUSD", ("list", "price", "usd")),
        ("Angebotspreis", ("angebots", "preis")),
        ("offer.price.was", ("was",)),
        ("tags.0", ("tags",)),
        ("@id", ("id",)),
        ("有効期限", ("期限", "有効")),
        ("", ()),
    ],
)
def test_names_are_taken_apart(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words


def test_a_member_inherits_what_those_around_it_are_about_and_no_more() -> None:
    assert "cost" in concepts_of("offer.price.was")
    assert "reduced" not in concepts_of("offer.price.was")
    assert concepts_of("business.name") >= {"merchant", "title"}


@given(st.text(max_size=200))
def test_any_name_can_be_read(name: str) -> None:
    assert isinstance(words_of(name), tuple)
    assert isinstance(concepts_of(name), frozenset)
    weekday_of(name)


@pytest.mark.parametrize(
    ("cells", "decimal", "numbers"),
    [
        (["12.50", "1,299.00"], ".", (12.5, 1299.0)),
        (["12,50 €", "1.299,00 €"], ",", (12.5, 1299.0)),
        (["1.299", "12.500"], ",", (1299.0, 12500.0)),
        (["2,690円", "980円"], ".", (2690.0, 980.0)),
    ],
)
def test_the_decimal_mark_is_the_one_with_which_all_amounts_can_be_read(
    cells: list[str], decimal: str, numbers: tuple[float, ...]
) -> None:
    column = sample(price=cells).columns[0]
    assert (column.decimal, column.numbers) == (decimal, numbers)


def test_what_exports_write_for_nothing_is_nothing() -> None:
    found = sample(a=["NA", "1", "null", "n/a", "2"])
    assert found.columns[0].cells == (None, "1", None, None, "2")
    assert found.nothings == ("NA", "n/a", "null")


@given(st.data())
def test_no_assignment_is_better_than_the_one_that_is_found(data: st.DataObject) -> None:
    fields, columns = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 5))
    row = st.lists(st.integers(0, 100).map(lambda score: score / 100), min_size=columns, max_size=columns)
    scores = data.draw(st.lists(row, min_size=fields, max_size=fields))
    chosen = assign(scores)

    def total(way: Sequence[int | None]) -> float:
        return sum(scores[field][column] for field, column in enumerate(way) if column is not None)

    taken = [column for column in chosen if column is not None]
    assert len(set(taken)) == len(taken)
    ways = itertools.product([None, *range(columns)], repeat=fields)
    allowed = (way for way in ways if len({column for column in way if column is not None}) == fields - way.count(None))
    assert total(chosen) == pytest.approx(max(map(total, allowed)))


FIRST = date(2026, 1, 5)


def days(*numbers: int) -> list[date]:
    return [FIRST + timedelta(days=number) for number in numbers]


def test_sale_and_voucher_have_their_own_dates_and_lengths_of_time_follow_from_them() -> None:
    period = dates.decide(
        sample(
            updated_at=days(0, 0, 0),
            start_date=days(1, 2, 3),
            end_date=days(4, 5, 6),
            valid_from=days(2, 3, 4),
            valid_until=days(90, 91, 92),
            valid_days=[88, 88, 88],
        ),
        (),
    )
    assert {field: column.name for field, column in period.fields.items()} == {
        "starts_at": "start_date",
        "ends_at": "end_date",
        "redeem_from": "valid_from",
        "redeem_until": "valid_until",
    }
    assert set(period.derived) == {"updated_at", "valid_days"}
    assert not period.unsure


def test_dates_that_contradict_their_names_are_left_out_and_others_are_doubted() -> None:
    assert not dates.decide(sample(start=days(9, 8, 7), end=days(1, 2, 3)), ()).fields
    guessed = dates.decide(sample(one=days(1, 2, 3), two=days(4, 5, 6)), ())
    assert {field: column.name for field, column in guessed.fields.items()} == {"starts_at": "one", "ends_at": "two"}
    assert set(guessed.unsure) == {"starts_at", "ends_at"}
    either = dates.decide(sample(end_date=["01/02/2026", "03/04/2026"]), ())
    assert "can be read as" in either.unsure["ends_at"]


LINKS = [f"https://x.example/d/{number}-boat" for number in (9, 7, 8)]


@pytest.mark.parametrize(
    ("columns", "key", "transforms", "doubted"),
    [
        ({"id": [1, 2, 3], "link": LINKS}, ("link",), ("last_segment", "leading_number"), False),
        ({"id": [17, 4, 99], "title": ["a b", "a c", "a d"]}, ("id",), (), False),
        ({"id": [1, 2, 3], "title": ["a", "a", "a"]}, ("id",), (), True),
        ({"id": [1, 2, 3], "price": [5, 5, 6], "value": [9, 8, 9]}, ("id",), (), True),
        ({"town": ["a", "a", "b"], "day": [1, 2, 1], "sold": [5, 6, 7]}, ("town", "day"), (), True),
        ({"town": ["a", "a"], "day": [1, 1]}, ("town",), (), True),
    ],
)  # fmt: skip
def test_a_key_is_an_identity_and_no_counter(
    columns: dict[str, list[object]],
    key: tuple[str, ...],
    transforms: tuple[str, ...],
    doubted: bool,  # noqa: FBT001 - a case of the table
) -> None:
    found = keys.decide(sample(**columns), ["sold"])
    assert found is not None
    assert (found.columns, found.transforms, found.doubt is not None) == (key, transforms, doubted)


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        (["Local", "Health & Fitness", "Gyms", "Fitness Classes"], "gyms"),
        (["Massages"], "massage"),
        (["Museos y galerías"], "museums"),
        (["グルメ"], "food-drink"),
        (["ホテル・旅館"], "hotels"),
        (["Friseur"], "hair"),
        (["Something else"], None),
    ],
)
def test_kinds_are_found_by_name_and_by_word(path: list[str], slug: str | None) -> None:
    assert categories.nearest_category(path)[0] == slug


def test_paths_are_told_from_names_with_commas() -> None:
    assert categories.separator_of(["Local,Spas", "Local,Food", "Local,Food,Pizza"]) == ","
    assert categories.separator_of(["Sports > Kayak", "Sports > Golf"]) == " > "
    assert categories.separator_of(["Yoga", "Food, drink", "Spas", "Hair"]) is None


@pytest.mark.parametrize(
    ("texts", "language"),
    [
        (["Dinner for two with a bottle of wine at the harbour", "One hour of yoga for you and a friend"], "en"),
        (["Cena para dos con una botella de vino en el puerto", "Una hora de yoga para ti y la familia"], "es"),
        (["Abendessen für zwei mit einer Flasche Wein", "Eine Stunde Yoga für dich und die Familie"], "de"),
        (["ふたりの夕食とワイン"], "ja"),
    ],
)  # fmt: skip
def test_the_language_is_told_by_small_words_and_by_script(texts: list[str], language: str) -> None:
    assert language_of(texts)[0] == language


def test_names_of_towns_are_no_language() -> None:
    towns = ["los-angeles", "las-vegas", "la-jolla", "el-paso", "del-mar", *(f"springfield-{n}" for n in range(60))]
    assert language_of(towns) == ("en", False)


@pytest.fixture(scope="session")
def named(records: list[PlaceRecord]) -> dict[str, list[Place]]:
    found: dict[str, list[Place]] = {}
    for record in sorted(records, key=lambda record: -record.population):
        place = Place(
            id=UUID(int=record.geoname_id), geoname_id=record.geoname_id, slug=f"{record.slug()}-{record.geoname_id}",
            name=record.name, region_code=record.region_code, country_code=record.country_code,
            latitude=record.latitude, longitude=record.longitude, population=record.population,
            time_zone=record.time_zone, currency=record.currency,
        )  # fmt: skip
        for name in {record.name, record.name.lower().replace("st. ", "st ")}:
            found.setdefault(name, []).append(place)
    return found


def spelt(**marks: str) -> list[Spelling]:
    return [Spelling(text=text.replace("_", "-"), rows=10, marks={mark: 10}) for text, mark in marks.items()]


def test_of_places_of_one_name_money_region_and_country_decide(named: dict[str, list[Place]]) -> None:
    dollars = ("chicago", "portland_me", "portland", "stlouis", "raleigh_durham", "springfield")
    located = places.locate(spelt(**dict.fromkeys(dollars, "$"), london="C$"), named)
    found = {each.spelling.text: (each.place.region_code, each.sure) for each in located.found}
    assert found == {
        "chicago": ("IL", True),
        "portland-me": ("ME", True),
        "portland": ("OR", True),
        "london": ("08", True),
        "stlouis": ("MO", True),
        "raleigh-durham": ("NC", False),
        "springfield": ("MO", False),
    }
    assert not located.local


def test_in_a_feed_of_one_town_a_name_found_far_away_is_no_place(named: dict[str, list[Place]]) -> None:
    spellings = [Spelling(text=text, rows=rows) for text, rows in (("Chicago", 50), ("Evanston", 9), ("London", 3))]
    located = places.locate(spellings, named)
    assert located.local
    assert [each.spelling.text for each in located.found] == ["Chicago", "Evanston"]
    assert [each.text for each in located.unknown] == ["London"]


def test_texts_that_mean_the_whole_area_or_the_internet_are_told(named: dict[str, list[Place]]) -> None:
    texts = ("Chicago", "Multiple Locations", "Online", "Chicago Area")
    located = places.locate([Spelling(text=text, rows=5) for text in texts], named)
    assert located.reaches == {"division": ("Multiple Locations", "Chicago Area"), "online": ("Online",)}
