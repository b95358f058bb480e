"""Invents the deals of a business: what it offers, at what price, when, and under which conditions."""

from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from highstreet.demo.businesses import Business, Town, say
from highstreet.demo.grammar import capital
from highstreet.demo.prices import discount, price_below
from highstreet.demo.tables import Credit, Offer, Packs, Rules
from highstreet.market.catalog.domain.deals import Reach, ValueEvidence
from highstreet.market.catalog.domain.drafts import NewDeal, OptionDraft
from highstreet.market.catalog.domain.fine_print import (
    BookingNeeded,
    Days,
    Hours,
    MinimumAge,
    NewCustomersOnly,
    Note,
    Rule,
)

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_EARLY_WEEK = ((1, 2, 3, 4), (1, 2, 3, 4, 7), (2, 3, 4), (2, 3, 4, 5), (1, 2, 3, 4, 5))
_REDEEM_DAYS = (60, 90, 120, 180)
_DRINKING_AGE = {"US": 21, "CA": 19}
_REMAINING_DAYS = ((0, 2), (3, 10), (11, 45), (46, 110))
_REMAINING_WEIGHTS = (5, 18, 52, 25)
_OPENS = time(6)
_ATTEMPTS = 8
"""How often a title that is taken is drawn anew, before the merchant's name is put behind it."""

_Priced = tuple[str, float]
"""An option's text and its usual price, in the currency's main unit."""


def offer_deal(business: Business, offer: Offer, town: Town, today: date, *, later: bool, rng: Random) -> NewDeal:
    """A deal that runs on `today`, the city's own date, or, if `later`, starts within two weeks after it."""
    words = business.words
    words.update(credit=town.market.written(town.market.round_credit(rng.choice((20, 30, 40)))))
    priced = _choices(business, offer, town, rng)
    reach = Reach(business.trade.reach or Reach.LOCATIONS)
    everywhere = tuple(range(len(business.merchant.locations)))
    starts_on, ends_on = _period(today, later=later, rng=rng)
    return NewDeal(
        merchant=business.merchant.key,
        category=offer.category or business.trade.category,
        division=town.place.slug,
        title=_title(business, offer, town, rng),
        description=_description(business, offer, town, rng),
        language=town.city.language,
        currency=town.market.currency,
        reach=reach,
        locations=_where(everywhere, rng) if reach is Reach.LOCATIONS else (),
        options=_options(business, priced, town, rng),
        fine_print=tuple(_fine_print(business, offer.rules, town, rng)),
        starts_at=_at(starts_on, _OPENS, town),
        ends_at=_at(ends_on + timedelta(days=1), time(), town),
    )


def _title(business: Business, offer: Offer, town: Town, rng: Random) -> str:
    """A title that no other deal of the town has."""
    title = say(town, business.words, rng.choice(offer.titles))
    for _ in range(_ATTEMPTS):
        if title not in town.titles:
            break
        business.words.renew(tuple(business.trade.words))
        title = say(town, business.words, rng.choice(offer.titles))
    else:
        title = f"{title} {'en' if town.city.language == 'es' else 'at'} {business.merchant.draft.name}"
    town.titles.add(title)
    return title


def _description(business: Business, offer: Offer, town: Town, rng: Random) -> str:
    """Two to four sentences: the house and the offer in either order, then what is good to know."""
    what = say(town, business.words, rng.choice(offer.what))
    told = [what, business.about] if offer.packs is None and rng.random() < 0.25 else [business.about, what]
    tips = rng.sample(business.trade.tips, rng.choices((0, 1, 2), (25, 55, 20))[0])
    return " ".join([*told, *(say(town, business.words, tip) for tip in tips)])


def _choices(business: Business, offer: Offer, town: Town, rng: Random) -> list[_Priced]:
    """What can be chosen, and sets the words that titles use for it."""
    if offer.credit is not None:
        return _credits(business, offer.credit, town, rng)
    if offer.packs is not None:
        return _packs(business, offer.packs, town, rng)
    stated = offer.options[: rng.randint(*offer.take)] if offer.take else offer.options
    return [
        (say(town, business.words, text), town.market.round_value(low + business.level * (high - low)))
        for text, low, high in stated
    ]


def _credits(business: Business, credit: Credit, town: Town, rng: Random) -> list[_Priced]:
    amounts = list(dict.fromkeys(town.market.round_credit(size) for size in _run(credit.sizes, rng)))
    written = [town.market.written(amount) for amount in amounts]
    business.words["credit"] = town.tongue.choice(tuple(written))
    return [
        (capital(credit.text.replace("$amount", text)), float(amount))
        for text, amount in zip(written, amounts, strict=True)
    ]


def _packs(business: Business, packs: Packs, town: Town, rng: Random) -> list[_Priced]:
    sizes = _run(packs.sizes, rng)
    if sizes == (1,):
        sizes = packs.sizes[:2]
    numbers = _written(sizes, town)
    business.words["packs"] = town.tongue.choice(numbers)
    business.words["Packs"] = capital(business.words["packs"])
    unit = packs.low + business.level * (packs.high - packs.low)
    return [
        (capital(say(town, business.words, f"{number} {packs.one if size == 1 else packs.many}")), value)
        for number, size in zip(numbers, sizes, strict=True)
        for value in (town.market.round_value(unit * size),)
    ]


def _written(sizes: tuple[int, ...], town: Town) -> tuple[str, ...]:
    """Numbers as words where all are small and the language does not bend them."""
    if town.city.language == "en" and max(sizes) < len(_NUMBERS):
        return tuple(_NUMBERS[size] for size in sizes)
    return tuple(str(size) for size in sizes)


def _run(sizes: tuple[int, ...], rng: Random) -> tuple[int, ...]:
    """One to three sizes that stand side by side."""
    length = min(rng.choices((1, 2, 3), (30, 50, 20))[0], len(sizes))
    start = rng.randint(0, len(sizes) - length)
    return sizes[start : start + length]


def _options(business: Business, priced: list[_Priced], town: Town, rng: Random) -> tuple[OptionDraft, ...]:
    off = discount(business.trade.off, rng)
    valued = rng.random() > 0.06
    evidence = rng.choices((ValueEvidence.MERCHANT_STATED, ValueEvidence.DOCUMENTED), (72, 28))[0] if valued else None
    cap = rng.choice((None, None, None, 50, 100, 150, 200, 300, 500))
    limit = rng.choice((None, 1, 2, 2, 3, 4, 5))
    redeem_days = rng.choice(_REDEEM_DAYS)
    options: list[OptionDraft] = []
    for rank, (text, value) in enumerate(priced):
        share = min(off + rng.uniform(-0.02, 0.03) + 0.015 * rank, 0.8)
        options.append(
            OptionDraft(
                title=text,
                price_minor=town.market.minor(price_below(value, share, town.market, business.ending)),
                value_minor=town.market.minor(value) if valued else None,
                value_evidence=evidence,
                cap=cap,
                per_buyer_limit=limit,
                redeem_within_days=redeem_days,
            )
        )
    return tuple(options)


def _fine_print(business: Business, rules: Rules, town: Town, rng: Random) -> list[Rule]:
    found: list[Rule] = []
    if rules.weekend is not None and rng.random() < rules.weekend:
        found.append(Days((6, 7)))
    elif rules.weekdays is not None and rng.random() < rules.weekdays:
        found.append(Days((1, 2, 3, 4, 5)))
    elif rules.days is not None and rng.random() < rules.days:
        found.append(Days(rng.choice(_EARLY_WEEK)))
    if rules.hours is not None:
        found.append(Hours(*(time.fromisoformat(text) for text in rules.hours)))
    if rules.booking is not None and rng.random() < rules.booking[0]:
        found.append(BookingNeeded(rules.booking[1]))
    if rules.new is not None and rng.random() < rules.new:
        found.append(NewCustomersOnly(rng.choice((None, None, 6, 12))))
    if rules.age is not None and rng.random() < rules.age[0]:
        years = rules.age[1]
        found.append(MinimumAge(_DRINKING_AGE.get(town.city.country, 18) if years == 21 else years))
    notes = rng.sample(business.trade.notes, min(rng.choices((1, 2), (65, 35))[0], len(business.trade.notes)))
    found.extend(Note(say(town, business.words, note)) for note in notes)
    return found


def _period(today: date, *, later: bool, rng: Random) -> tuple[date, date]:
    """The first and the last day of a deal."""
    if later:
        starts = today + timedelta(days=rng.randint(1, 14))
        return starts, starts + timedelta(days=rng.choice((14, 30, 45, 60)))
    soonest, latest = rng.choices(_REMAINING_DAYS, _REMAINING_WEIGHTS)[0]
    return today - timedelta(days=rng.randint(1, 45)), today + timedelta(days=rng.randint(soonest, latest))


def _at(day: date, local: time, town: Town) -> datetime:
    return datetime.combine(day, local, ZoneInfo(town.place.time_zone))


def _where(everywhere: tuple[int, ...], rng: Random) -> tuple[int, ...]:
    """Most deals hold at all locations of a business, some only at one."""
    return everywhere if len(everywhere) == 1 or rng.random() < 0.8 else (rng.choice(everywhere),)
