"""Adopting an imported deal: what has been agreed with its merchant, and the deal that is sold by it."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from highstreet.kit.errors import Conflict, FieldProblem, InvalidInput
from highstreet.market.catalog.domain.deals import DealState, Origin, Precision, PublishedDeal, Reach, ValueEvidence
from highstreet.market.catalog.domain.drafts import DealDraft, OptionDraft
from highstreet.market.catalog.domain.fine_print import Rule
from highstreet.market.catalog.domain.imports import ImportedDeal
from highstreet.market.catalog.domain.merchants import OpeningHours, text_problems
from highstreet.market.catalog.domain.terms import Terms

TO_BE_MADE: Final = UUID(int=0)
"""Stands in an agreement for a merchant or a location that the adoption makes: its id is not known before."""

MAX_NOTE_LENGTH = 500
SHOWN_EVIDENCE = frozenset({ValueEvidence.MERCHANT_STATED, ValueEvidence.DOCUMENTED})
"""How somebody who adopts a deal may know a usual price: a feed's word does not survive, and history is counted."""

ADOPTABLE = frozenset({DealState.SCHEDULED, DealState.LIVE, DealState.PAUSED, DealState.SOLD_OUT, DealState.ENDED})


class AdoptedMerchant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A merchant whom the catalogue does not have yet."""

    name: str
    website: str | None = None
    description: str | None = None


class AdoptedLocation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A location of the merchant that the catalogue does not have yet; `place` is the slug of its town."""

    address: str
    place: str
    latitude: float
    longitude: float
    name: str | None = None
    opening_hours: OpeningHours | None = None


class AdoptedOption(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What has been agreed about one option. What is None stays as the feed stated it; a value needs its evidence."""

    number: int
    """The option's place among the deal's, from 1."""
    value_minor: int | None = None
    value_evidence: ValueEvidence | None = None
    evidence_note: str | None = None
    """Where the evidence can be looked up: a letter, a price list, its date."""
    cap: int | None = None
    per_buyer_limit: int | None = None
    redeem_from: datetime | None = None
    redeem_until: datetime | None = None
    redeem_within_days: int | None = None


class Adoption(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an operator has agreed with the merchant. What is None stays as the feed stated it."""

    merchant: str | AdoptedMerchant | None = None
    """A slug or an id, or a merchant to be made."""
    locations: tuple[UUID | AdoptedLocation, ...] = ()
    """Where it is redeemed, when it reaches locations: ids of the merchant's, or locations to be made."""
    reach: Reach | None = None
    category: str | None = None
    division: str | None = None
    options: tuple[AdoptedOption, ...] = ()
    fine_print: tuple[Rule, ...] | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """How the usual price of an option is known, and where that can be looked up."""

    option_id: UUID
    kind: ValueEvidence
    note: str


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator is asked to confirm: exactly what buyers will be promised, and on what evidence."""

    deal_id: UUID
    category: str
    terms: Terms
    evidence: tuple[Evidence, ...]
    state: DealState
    """In which the deal will stand."""

    def digest(self) -> str:
        """SHA-256, in hexadecimal, of the agreement as JSON with sorted keys."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()


class AdoptedDeal(msgspec.Struct, frozen=True, kw_only=True):
    """A deal that was adopted: where it came from, who adopted it, on what, and whether its feed says otherwise now."""

    deal_id: UUID
    title: str
    state: DealState
    feed: str
    key: str
    url: str | None
    adopted_at: datetime
    actor_kind: str
    actor_id: UUID | None
    agreement_digest: str
    terms_version: int
    evidence: tuple[Evidence, ...]
    drifted: bool
    """The feed says something that nobody has looked at yet."""
    stated: ImportedDeal | None
    """What the feed says by now, where that is not what it said at the adoption."""


class MerchantLocation(msgspec.Struct, frozen=True, kw_only=True):
    """A location as somebody picks it from a list."""

    id: UUID
    name: str | None
    address: str
    place_name: str
    time_zone: str
    currency: str


def gaps(deal: PublishedDeal, now: datetime) -> list[FieldProblem]:
    """What an adoption of the deal has to say because its feed does not."""
    return [*_identity_gaps(deal), *_period_gaps(deal, now)]


def _identity_gaps(deal: PublishedDeal) -> Iterable[FieldProblem]:
    if deal.merchant_id is None:
        yield FieldProblem("merchant", "is not stated: name the one you agreed with")
    if deal.category_slug is None:
        yield FieldProblem("category", "is not stated: choose one")
    if deal.reach is Reach.UNSTATED:
        yield FieldProblem("reach", "is not stated: say where the deal can be used")
    elif deal.reach is Reach.LOCATIONS and any(point.precision is not Precision.ADDRESS for point in deal.points):
        yield FieldProblem("locations", "only the town is known: name where the merchant redeems")


def _period_gaps(deal: PublishedDeal, now: datetime) -> Iterable[FieldProblem]:
    if deal.source is not None and deal.source.shifted_days and deal.ends_at is not None:
        yield FieldProblem("ends_at", "was moved with the dates of an old feed: agree on one")
    elif deal.ends_at is not None and deal.ends_at <= now:
        yield FieldProblem("ends_at", "is over: agree on a later one")


def check_adoptable(state: DealState, origin: Origin) -> None:
    """Raise Conflict unless a deal in this state and of this origin can be adopted."""
    if origin is not Origin.IMPORTED:
        raise Conflict(f"A deal that is {origin} cannot be adopted; only an imported one can.")
    if state not in ADOPTABLE:
        raise Conflict(f"A deal that is {state} cannot be adopted.")


def draft_of(
    deal: PublishedDeal, adoption: Adoption, merchant_id: UUID, location_ids: Sequence[UUID], now: datetime
) -> DealDraft:
    """The deal as it has been agreed. Raises InvalidInput, with every problem, where the agreement leaves a gap."""
    _check(deal, adoption, now)
    agreed = {option.number: option for option in adoption.options}
    reach = adoption.reach or (Reach.LOCATIONS if adoption.locations else deal.reach)
    return DealDraft(
        merchant_id=merchant_id,
        locations=tuple(location_ids),
        category=adoption.category or deal.category_slug,
        division=adoption.division or deal.division_slug,
        title=deal.title,
        description=deal.description,
        language=deal.language,
        currency=deal.currency,
        reach=reach,
        options=tuple(_option(deal, index, agreed.get(index + 1)) for index in range(len(deal.options))),
        fine_print=deal.fine_print if adoption.fine_print is None else adoption.fine_print,
        starts_at=adoption.starts_at or deal.starts_at,
        ends_at=adoption.ends_at or deal.ends_at,
    )


def _check(deal: PublishedDeal, adoption: Adoption, now: datetime) -> None:
    said = {
        "merchant": adoption.merchant is not None,
        "category": adoption.category is not None,
        "reach": adoption.reach is not None or bool(adoption.locations),
        "locations": bool(adoption.locations) or adoption.reach not in {None, Reach.LOCATIONS},
        "ends_at": adoption.ends_at is not None,
    }
    problems = [gap for gap in gaps(deal, now) if not said[gap.field]]
    if adoption.ends_at is not None and adoption.ends_at.tzinfo is not None and adoption.ends_at <= now:
        problems.append(FieldProblem("ends_at", "is over: agree on a later one"))
    if adoption.reach is Reach.UNSTATED:
        problems.append(FieldProblem("reach", "say where the deal can be used"))
    problems += _options_problems(deal, adoption.options)
    if problems:
        raise InvalidInput(tuple(problems))


def _options_problems(deal: PublishedDeal, options: Sequence[AdoptedOption]) -> Iterable[FieldProblem]:
    if len({option.number for option in options}) != len(options):
        yield FieldProblem("options", "name each option once")
    for index, option in enumerate(options):
        field = f"options[{index}]"
        if not 1 <= option.number <= len(deal.options):
            yield FieldProblem(f"{field}.number", f"the deal offers options 1 to {len(deal.options)}")
            continue
        if option.value_evidence is None:
            if option.value_minor is not None or option.evidence_note is not None:
                yield FieldProblem(f"{field}.value_evidence", "say how the usual price is known")
            continue
        if option.value_evidence not in SHOWN_EVIDENCE:
            yield FieldProblem(f"{field}.value_evidence", "is merchant_stated or documented")
        if option.value_minor is None and deal.options[option.number - 1].value_minor is None:
            yield FieldProblem(f"{field}.value_minor", "the feed states none: name the usual price")
        if option.evidence_note is None:
            yield FieldProblem(f"{field}.evidence_note", "say where the evidence can be looked up")
        else:
            yield from text_problems(f"{field}.evidence_note", option.evidence_note, MAX_NOTE_LENGTH)


def _option(deal: PublishedDeal, index: int, agreed: AdoptedOption | None) -> OptionDraft:
    stated = deal.options[index]
    terms = agreed or AdoptedOption(number=index + 1)
    value = terms.value_minor if terms.value_minor is not None else stated.value_minor
    return OptionDraft(
        id=stated.id,
        title=stated.title,
        price_minor=stated.price_minor,
        value_minor=value if terms.value_evidence else None,
        value_evidence=terms.value_evidence,
        cap=stated.cap if terms.cap is None else terms.cap,
        per_buyer_limit=stated.per_buyer_limit if terms.per_buyer_limit is None else terms.per_buyer_limit,
        redeem_from=terms.redeem_from or stated.redeem_from,
        redeem_until=terms.redeem_until or stated.redeem_until,
        redeem_within_days=terms.redeem_within_days or stated.redeem_within_days,
    )


def evidence_of(deal: PublishedDeal, adoption: Adoption) -> tuple[Evidence, ...]:
    """The evidence of the values that are kept."""
    return tuple(
        Evidence(option_id=deal.options[option.number - 1].id, kind=option.value_evidence, note=option.evidence_note)
        for option in sorted(adoption.options, key=lambda option: option.number)
        if option.value_evidence is not None and option.evidence_note is not None
    )


def state_of(before: DealState, starts_at: datetime, now: datetime) -> DealState:
    """In which state an adopted deal stands: what somebody here took down stays down, the rest follow their dates."""
    if before in {DealState.PAUSED, DealState.SOLD_OUT}:
        return before
    return DealState.SCHEDULED if starts_at > now else DealState.LIVE


def nameless(terms: Terms, made: frozenset[UUID]) -> Terms:
    """Terms as an agreement holds them: without the ids that the adoption made."""
    points = tuple(
        msgspec.structs.replace(point, location_id=TO_BE_MADE) if point.location_id in made else point
        for point in terms.points
    )
    merchant_id = TO_BE_MADE if terms.merchant_id in made else terms.merchant_id
    return msgspec.structs.replace(terms, points=points, merchant_id=merchant_id)
