"""What a mapping can say beyond one column a field: templates, currencies, weekdays, paths, areas, several places."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kit.errors import InvalidInput
from highstreet.market.catalog.domain.deals import Precision, Reach
from highstreet.market.catalog.domain.fine_print import AskFirst, Days, NotOnHolidays, Rule
from highstreet.market.feeds.domain.category_paths import CategoryReader
from highstreet.market.feeds.domain.deals import DealReader, StatedDeal
from highstreet.market.feeds.domain.mapping import Mapping, Prefectures
from highstreet.market.feeds.domain.parsing import parse_mapping
from highstreet.market.feeds.domain.places import Spot, Town, Whereabouts
from highstreet.market.feeds.domain.prefectures import PREFECTURES
from highstreet.market.feeds.domain.rows import Reject, Row, Unusable
from highstreet.market.feeds.domain.shift import Shift

Record = dict[str, str | None]
Make = Callable[..., Record]

PRICE = 'price = { from = "price", transforms = ["money"] }\n'
VALUE = 'value = { from = "usual", transforms = ["money"] }\n'
TITLE = 'title = { from = "title", transforms = ["entities", "collapse"] }\n'
PLACE = 'place = { from = "town" }\n'


def read(mapping: Mapping, record: Record) -> StatedDeal | Reject:
    return DealReader(mapping, Shift(ZoneInfo(mapping.feed.time_zone))).read(Row(3, record))


def stated(mapping: Mapping, record: Record) -> StatedDeal:
    deal = read(mapping, record)
    assert isinstance(deal, StatedDeal), deal
    return deal


def refused(mapping: Mapping, record: Record) -> Reject:
    found = read(mapping, record)
    assert isinstance(found, Reject), found
    return found


@pytest.fixture
def change(mapping_text: str) -> Callable[..., Mapping]:
    """The invented feed's mapping with parts of it changed."""

    def make(*changes: tuple[str, str], more: str = "") -> Mapping:
        text = mapping_text
        for before, after in changes:
            assert before in text
            text = text.replace(before, after, 1)
        return parse_mapping(f"{text}\n{more}", "lakeside.toml")

    return make


def test_a_template_puts_columns_together_and_states_nothing_when_one_of_them_does(
    change: Callable[..., Mapping], record: Make
) -> None:
    mapping = change((TITLE, 'title = { template = "{title} ({town}) – {title}", transforms = ["collapse"] }\n'))
    assert stated(mapping, record(title="  Tea ", town="Chicago, IL")).title == "Tea (Chicago, IL) – Tea"
    assert refused(mapping, record(town=None)).reason == "is not stated"
    assert refused(mapping, record(town="  ")).field == "title"


def test_another_column_is_read_where_the_first_states_nothing(change: Callable[..., Mapping], record: Make) -> None:
    mapping = change((TITLE, 'title = { from = "title", otherwise = "headline", transforms = ["collapse"] }\n'))
    assert stated(mapping, record(title="Tea", headline="Coffee")).title == "Tea"
    assert stated(mapping, record(title=" ", headline=" Coffee ")).title == "Coffee"
    assert refused(mapping, record(title=None, headline=None)).field == "title"


def test_a_feed_may_have_a_word_for_nothing(change: Callable[..., Mapping], record: Make) -> None:
    mapping = change(('format = "json"', 'format = "json"\nnothing = ["NA", "none given"]'))
    deal = stated(mapping, record(usual="NA", ends=" None  given ", town="na"))
    assert (deal.options[0].value_minor, deal.ends_at, deal.where.reach) == (None, None, Reach.UNSTATED)
    assert refused(mapping, record(price="NA")).reason == "is not stated"


def test_each_row_may_state_its_own_currency(change: Callable[..., Mapping], record: Make) -> None:
    mapping = change((PRICE, PRICE + 'currency = { from = "money", transforms = ["currency_code"] }\n'))
    euro = stated(mapping, record(money="€", price="19,00".replace(",", "."), usual="€38"))
    assert (euro.currency, euro.options[0].price_minor, euro.options[0].value_minor) == ("EUR", 1900, 3800)
    yen = stated(mapping, record(money="JPY", price="1900", usual="3,800円"))
    assert (yen.currency, yen.options[0].price_minor, yen.options[0].value_minor) == ("JPY", 1900, 3800)
    assert stated(mapping, record(money=None)).currency == "USD"
    assert refused(mapping, record(money="JPY", price="19.50")).field == "price"
    assert refused(mapping, record(money="EUR", price="$19")).field == "price"
    assert refused(mapping, record(money="??")).field == "currency"


def test_options_come_in_place_of_one_price(change: Callable[..., Mapping], record: Make) -> None:
    options = 'options = { from = "text", otherwise = "title", transforms = ["priced_options"] }\n'
    mapping = change((PRICE, options), (VALUE, ""))
    two = stated(mapping, record(text="Choose,$9 for one cake ($12 value),$16 for two cakes"))
    assert [(option.title, option.price_minor, option.value_minor) for option in two.options] == [
        ("one cake", 900, 1200),
        ("two cakes", 1600, None),
    ]
    assert stated(mapping, record(text="One cake", title="$9 for a Cake")).options[0].title == "a Cake"
    found = refused(mapping, record(text="A cake (a $12 value)", title="Cake"))
    assert (found.field, found.value, found.reason) == ("options", "A cake (a $12 value)", "states no price to pay")
    assert refused(mapping, record(text="$9 for Joe\u00e2\u20ac\u2122s cake")).field == "options"
    assert "below the price" in refused(mapping, record(text="$9 for a cake ($8 value)")).reason


def test_counts_and_times_of_use_are_read(change: Callable[..., Mapping], record: Make) -> None:
    more = """
    [fields.redeem_from]
    from = "first"
    transforms = ["start_of_day"]
    [fields.redeem_until]
    from = "last"
    transforms = ["end_of_day"]
    [fields.redeem_within_days]
    from = "within"
    transforms = ["days"]
    [fields.sold]
    from = "sold"
    transforms = ["count"]
    [fields.ratings]
    from = "rated"
    transforms = ["count"]
    [fields.image]
    from = "picture"
    """
    mapping = change(more=more)
    full = record(first="2015-06-01", last="2015-06-30", within="3 months", sold="1,204", rated="35 Ratings")
    deal = stated(mapping, {**full, "picture": "https://pictures.example/1.jpg"})
    assert [str(at) for at in (deal.redeem_from, deal.redeem_until)] == [
        "2015-06-01 05:00:00+00:00",
        "2015-07-01 05:00:00+00:00",
    ]
    assert (deal.redeem_within_days, deal.sold, deal.ratings) == (90, 1204, 35)
    assert deal.image == "https://pictures.example/1.jpg"
    bare = stated(mapping, record())
    assert (bare.redeem_from, bare.redeem_within_days, bare.sold, bare.ratings, bare.image) == (None,) * 5
    assert refused(mapping, record(first="2015-06-30", last="2015-06-29")).field == "redeem_until"
    assert refused(mapping, record(picture="pictures/1.jpg")).field == "image"


DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "holidays", "before_holidays")


@pytest.fixture
def weekdays(change: Callable[..., Mapping]) -> Mapping:
    columns = "\n".join(f'{day} = "on_{day}"' for day in DAYS)
    return change(more=f'[fields.weekdays]\n{columns}\nunclear = ["2"]\n')


def flags(cells: str) -> Record:
    """`1110000-2`: one character a day; a hyphen for nothing."""
    return {f"on_{day}": None if cell == "-" else cell for day, cell in zip(DAYS, cells, strict=True)}


@pytest.mark.parametrize(
    ("cells", "rules"),
    [
        ("111111111", ()),
        ("---------", ()),
        ("1111-----", ()),
        ("111110011", (Days((1, 2, 3, 4, 5)),)),
        ("0--------", (Days((2, 3, 4, 5, 6, 7)),)),
        ("111111100", (NotOnHolidays(holidays=True, eves=True),)),
        ("111111110", (NotOnHolidays(holidays=False, eves=True),)),
        ("111122112", (AskFirst(weekdays=(5, 6), eves=True),)),
        ("1111002-0", (Days((1, 2, 3, 4, 7)), NotOnHolidays(holidays=False, eves=True), AskFirst(weekdays=(7,)))),
        ("○×○○○○○yN", (Days((1, 3, 4, 5, 6, 7)), NotOnHolidays(holidays=False, eves=True))),
    ],
)
def test_flags_of_days_become_fine_print(weekdays: Mapping, record: Make, cells: str, rules: tuple[Rule, ...]) -> None:
    assert stated(weekdays, record(**flags(cells))).fine_print == rules


def test_flags_that_rule_out_every_day_or_say_something_else_are_refused(weekdays: Mapping, record: Make) -> None:
    assert refused(weekdays, record(**flags("0000000--"))).reason == "says that no weekday is valid"
    found = refused(weekdays, record(**flags("11x1111--")))
    assert (found.field, found.value) == ("weekdays.wednesday", "x")
    assert "neither `1` nor `0`" in found.reason


def test_of_a_path_the_longest_beginning_that_is_listed_counts() -> None:
    reader = CategoryReader({"Local > Food": "food-drink", "Local > Food > Tea, Iced": "cafes", "Odd": ""}, ",")
    assert reader.read("Local,Food,Soup,Cold Soup") == "food-drink"
    assert reader.read(" local , FOOD ,,") == "food-drink"
    assert reader.read("Odd,Ends") is None
    for unknown in ("Local", "Food,Local", ""):
        with pytest.raises(Unusable, match="does not stand in"):
            reader.read(unknown)
    whole = CategoryReader({"Local > Food": "food-drink"})
    assert whole.read("Local > food") == "food-drink"
    with pytest.raises(Unusable):
        whole.read("Local > Food > Soup")


@given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=5), st.integers(1, 5))
def test_a_longer_path_never_means_less_than_its_beginning(path: list[str], length: int) -> None:
    table = {" > ".join(path[:length]): "tours"}
    assert CategoryReader(table, "/").read("/".join(path)) == "tours"
    assert CategoryReader({**table, " > ".join(path): "golf"}, "/").read("/".join([*path, "more"])) == "golf"


def town(name: str, precision: Precision = Precision.TOWN, *, region: str = "IL", country: str = "US") -> Spot:
    return Spot(Town(name, region, country), precision)


def test_a_cell_may_hold_several_places(change: Callable[..., Mapping], record: Make) -> None:
    mapping = change((PLACE, 'place = { from = "town", separator = ";" }\n'))
    where = stated(mapping, record(town="Chicago, IL; Shaumburg, IL;chicago,  IL;")).where
    assert where.reach is Reach.LOCATIONS
    assert [spot.town.name for spot in where.spots] == ["Chicago", "Schaumburg", "chicago"]
    assert stated(mapping, record(town="Chicago, IL;Chicago Area")).where == Whereabouts(Reach.DIVISION)
    assert stated(mapping, record(town=" ; ")).where == Whereabouts(Reach.UNSTATED)


def test_areas_are_shown_by_a_town_that_stands_for_them(change: Callable[..., Mapping], record: Make) -> None:
    more = '[places.regions]\n"The Lakes" = "Chicago, IL"\n"Ontario" = "Toronto, 08, CA"\n'
    mapping = change(
        ("[places.aliases]", 'area = "Schaumburg, IL"\nprefectures = "japan"\n[places.aliases]'), more=more
    )

    def spots(text: str) -> tuple[Spot, ...]:
        return stated(mapping, record(town=text)).where.spots

    assert spots("the  lakes") == (town("Chicago", Precision.AREA),)
    assert spots("Ontario") == (town("Toronto", Precision.AREA, region="08", country="CA"),)
    assert spots("神奈川県") == (town("Yokohama", Precision.AREA, region="19", country="JP"),)
    assert spots("The Boat House") == (town("Schaumburg", Precision.AREA),)
    assert spots("Chicago, IL") == (town("Chicago"),)
    assert spots("London, ENG, GB") == (town("London", region="ENG", country="GB"),)


def test_there_are_47_prefectures_of_japan_each_with_a_town_of_its_own() -> None:
    japan = PREFECTURES[Prefectures.JAPAN]
    assert len(japan) == len(set(japan.values())) == 47
    assert all(name[-1] in "都道府県" for name in japan)


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (TITLE, 'title = { transforms = ["collapse"] }\n', "fields.title: needs either `from`"),
        (TITLE, 'title = { from = "title", template = "{title}" }\n', "fields.title: needs either `from`"),
        (TITLE, 'title = { template = "Tea" }\n', "fields.title.template: names columns in braces"),
        (TITLE, 'title = { template = "{title} {" }\n', "fields.title.template: names columns in braces"),
        (TITLE, 'title = { from = "title", separator = "," }\n', "only place holds several, and this is title"),
        (TITLE, 'title = { from = "title", path_separator = "," }\n', "only category is a path, and this is title"),
        (PRICE, PRICE + 'options = { from = "x", transforms = ["priced_options"] }\n', "is part of fields.options"),
        (PRICE, PRICE + 'sold = { from = "x" }\n', "sold needs count, but the steps give text; end with one of: count"),
        (PLACE, PLACE + "[fields.weekdays]\n", "fields.weekdays: names no day"),
        ("[places.aliases]", '[places.regions]\n"The Lakes" = "Lakes"\n[places.aliases]', "names no region"),
        ("[places.aliases]", 'area = "Lakes"\n[places.aliases]', "'Lakes' names no region"),
        ("[places.aliases]", '[places.regions]\n"chicago area" = "Chicago, IL"\n[places.aliases]', "already stands in"),
        ("[places.aliases]", 'prefectures = "mars"\n[places.aliases]', "wanted: `japan`"),
    ],
)
def test_a_mapping_that_says_two_things_or_nothing_is_refused(
    mapping_text: str, before: str, after: str, sentence: str
) -> None:
    assert before in mapping_text
    with pytest.raises(InvalidInput) as caught:
        parse_mapping(mapping_text.replace(before, after, 1), "lakeside.toml")
    assert sentence in str(caught.value)


def test_a_feed_without_a_division_cannot_mean_the_whole_of_it(mapping_text: str) -> None:
    head, _, rest = mapping_text.partition("[division]")
    without = head + rest[rest.index("[fields]") :]
    with pytest.raises(InvalidInput, match=r"places\.division: needs the table \[division\]"):
        parse_mapping(without, "lakeside.toml")
    named = 'division = ["Chicago Area", "Multiple Locations"]\n'
    assert parse_mapping(without.replace(named, ""), "lakeside.toml").division is None
