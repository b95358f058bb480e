"""Fine print: what it refuses, and how it reads."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.market.catalog.domain.fine_print import (
    AskFirst,
    BookingNeeded,
    Customer,
    Days,
    Hours,
    MinimumAge,
    NewCustomersOnly,
    Note,
    NotOnHolidays,
    Refusal,
    RefusalReason,
    Rule,
    allows,
    problems,
    sentence,
)

FRIDAY = datetime(2026, 3, 6, 20, 30)  # noqa: DTZ001 - local to the location
ANYBODY = Customer(age_years=40, booked_at=FRIDAY - timedelta(days=30))

times = st.times().map(lambda at: at.replace(microsecond=0))
rules: st.SearchStrategy[Rule] = st.one_of(
    st.sets(st.integers(1, 7), min_size=1).map(lambda days: Days(tuple(sorted(days)))),
    st.tuples(times, times).filter(lambda span: span[0] != span[1]).map(lambda span: Hours(*span)),
    st.one_of(st.none(), st.integers(1, 120)).map(NewCustomersOnly),
    st.integers(0, 1440).map(BookingNeeded),
    st.integers(1, 99).map(MinimumAge),
    st.sampled_from([NotOnHolidays(), NotOnHolidays(eves=True), NotOnHolidays(holidays=False, eves=True)]),
    st.sets(st.integers(1, 7), min_size=1).map(lambda days: AskFirst(tuple(sorted(days)), eves=True)),
    st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=50).filter(str.strip).map(Note),
)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1))  # noqa: DTZ001 - local to the location
customers = st.builds(
    Customer,
    age_years=st.one_of(st.none(), st.integers(0, 110)),
    last_visit=st.one_of(st.none(), st.dates(date(2015, 1, 1), date(2030, 1, 1))),
    booked_at=st.one_of(st.none(), moments),
)


def unchanged(message: str) -> str:
    return message


def reasons(refusals: Iterable[Refusal]) -> list[RefusalReason]:
    return [refusal.reason for refusal in refusals]


@given(st.lists(rules, max_size=6), moments, customers)
def test_each_rule_refuses_for_itself_alone(given_rules: list[Rule], at: datetime, customer: Customer) -> None:
    """Together they refuse what each refuses, once the weekday is that of the evening before within late hours."""
    late = any(isinstance(rule, Hours) and rule.until < rule.start and at.time() < rule.until for rule in given_rules)
    own_day = at - timedelta(days=1) if late else at
    alone = [
        refusal
        for rule in given_rules
        for refusal in allows([rule], own_day if isinstance(rule, Days) else at, customer)
    ]
    assert allows(given_rules, at, customer) == alone


@given(moments, times, times)
def test_hours_and_their_opposite_hold_every_moment_once(at: datetime, start: time, until: time) -> None:
    if start != until:
        inside = not allows([Hours(start, until)], at, Customer())
        outside = not allows([Hours(until, start)], at, Customer())
        assert inside != outside


@given(rules)
def test_valid_rules_pass_through_json_and_have_one_sentence(rule: Rule) -> None:
    assert problems([rule]) == []
    assert msgspec.json.decode(msgspec.json.encode(rule), type=Rule) == rule
    assert sentence(rule, unchanged).strip()
    assert "%(" not in sentence(rule, unchanged) or isinstance(rule, Note)


@pytest.mark.parametrize(
    ("rule", "customer", "reason"),
    [
        (Days((1, 2)), ANYBODY, RefusalReason.WRONG_DAY),
        (Hours(time(9), time(17)), ANYBODY, RefusalReason.WRONG_HOUR),
        (NewCustomersOnly(), Customer(last_visit=date(2010, 1, 1)), RefusalReason.NOT_NEW),
        (NewCustomersOnly(6), Customer(last_visit=date(2025, 9, 7)), RefusalReason.NOT_NEW),
        (BookingNeeded(), Customer(), RefusalReason.NOT_BOOKED),
        (BookingNeeded(24), Customer(booked_at=FRIDAY - timedelta(hours=23)), RefusalReason.BOOKED_TOO_LATE),
        (MinimumAge(21), Customer(age_years=20), RefusalReason.TOO_YOUNG),
        (MinimumAge(21), Customer(), RefusalReason.AGE_UNKNOWN),
    ],
)
def test_a_rule_says_why_it_refuses(rule: Rule, customer: Customer, reason: RefusalReason) -> None:
    assert reasons(allows([rule], FRIDAY, customer)) == [reason]


@pytest.mark.parametrize(
    ("rule", "customer"),
    [
        (Days((5,)), ANYBODY),
        (Hours(time(18), time(2)), ANYBODY),
        (NewCustomersOnly(), Customer()),
        (NewCustomersOnly(6), Customer(last_visit=date(2025, 9, 6))),
        (BookingNeeded(24), Customer(booked_at=FRIDAY - timedelta(hours=24))),
        (MinimumAge(21), Customer(age_years=21)),
        (Note("Please ring twice"), Customer()),
    ],
)
def test_a_rule_lets_pass_whom_it_is_for(rule: Rule, customer: Customer) -> None:
    assert allows([rule], FRIDAY, customer) == []


def test_after_midnight_the_evening_before_counts() -> None:
    friday_nights = [Days((5,)), Hours(time(22), time(2))]
    saturday_one_o_clock = datetime(2026, 3, 7, 1, tzinfo=UTC)
    assert allows(friday_nights, saturday_one_o_clock, Customer()) == []
    assert reasons(allows(friday_nights, saturday_one_o_clock - timedelta(days=1), Customer())) == [
        RefusalReason.WRONG_DAY
    ]


def test_sentences_read_well_in_english() -> None:
    assert [
        sentence(rule, unchanged)
        for rule in (
            Days((6,)),
            Days((1, 2, 3)),
            Hours(time(9), time(17, 30)),
            NewCustomersOnly(),
            NewCustomersOnly(12),
            BookingNeeded(),
            BookingNeeded(1),
            MinimumAge(18),
            Note("Bring a towel."),
        )
    ] == [
        "Valid on Saturdays only.",
        "Valid on Mondays, Tuesdays and Wednesdays only.",
        "Valid between 09:00 and 17:30 only.",
        "For new customers only.",
        "Only for people who have not been a customer in the past 12 months.",
        "Booking needed.",
        "Booking needed at least 1 hour ahead.",
        "From 18 years of age.",
        "Bring a towel.",
    ]


def test_a_translation_takes_the_place_of_every_word() -> None:
    spanish = {
        "Valid on %(days)s only.": "Válido solo los %(days)s.",
        "Saturdays": "sábados",
        "Sundays": "domingos",
        "%(first)s and %(last)s": "%(first)s y %(last)s",
    }

    def translated(singular: str, plural: str, number: int) -> str:
        assert (singular, plural) == (
            "Booking needed at least %(hours)d hour ahead.",
            "Booking needed at least %(hours)d hours ahead.",
        )
        return "Reserva con %(hours)d hora." if number == 1 else "Reserva con %(hours)d horas."

    def translate(message: str) -> str:
        return spanish.get(message, message)

    assert sentence(Days((6, 7)), translate) == "Válido solo los sábados y domingos."
    assert sentence(BookingNeeded(48), translate, translated) == "Reserva con 48 horas."


@pytest.mark.parametrize(
    "rule",
    [
        Days(()),
        Days((0,)),
        Days((2, 1)),
        Days((1, 1)),
        Hours(time(9), time(9)),
        NewCustomersOnly(0),
        BookingNeeded(-1),
        MinimumAge(0),
        NotOnHolidays(holidays=False, eves=False),
        AskFirst(),
        AskFirst((2, 1)),
        Note("  "),
        Note("x" * 2001),
    ],
)
def test_a_rule_that_says_nothing_sensible_is_refused(rule: Rule) -> None:
    found = problems([Note("fine"), rule])
    assert [problem.field for problem in found] == ["fine_print[1]"]
