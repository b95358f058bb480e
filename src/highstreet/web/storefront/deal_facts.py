"""What a deal's page says, worked out from the deal: options, evidence, fine print, places. Nothing is added to it."""

from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

import msgspec
import numpy as np

from highstreet.kit.money import discount_percent
from highstreet.market.catalog.domain.deals import DealPoint, Option, Precision, PublishedDeal, ValueEvidence
from highstreet.market.catalog.domain.fine_print import Note, sentence
from highstreet.market.catalog.domain.places import Place
from highstreet.market.catalog.domain.terms import Terms
from highstreet.science.geo import distance_m
from highstreet.web import i18n
from highstreet.web.i18n import Language


class OptionFacts(msgspec.Struct, frozen=True):
    """`discount` is in whole percent and None unless the option states a higher value and how that is known."""

    option: Option
    discount: int | None
    evidence: str | None
    """A sentence that says how the usual price is known; None where no saving is shown."""


class PointFacts(msgspec.Struct, frozen=True):
    """`away_km` counts from the visitor's chosen place and is None without one."""

    point: DealPoint
    is_exact: bool
    away_km: float | None


class Sentence(msgspec.Struct, frozen=True):
    """`language` is None for a sentence of ours, and the deal's own for the merchant's words."""

    text: str
    language: str | None


def option_facts(language: Language, deal: PublishedDeal) -> list[OptionFacts]:
    """The options in the merchant's order."""
    found: list[OptionFacts] = []
    for option in sorted(deal.options, key=lambda option: option.position):
        evidence = option.value_evidence
        discount = discount_percent(option.price_minor, option.value_minor) if evidence else None
        note = _evidence_note(language, evidence) if evidence and discount else None
        found.append(OptionFacts(option, discount, note))
    return found


def _evidence_note(language: Language, evidence: ValueEvidence) -> str:
    _ = language.translate
    texts = {
        ValueEvidence.MERCHANT_STATED: _("The usual price is what the merchant says it is."),
        ValueEvidence.FEED_STATED: _(
            "The usual price is what the source of this deal says it is; we have not checked it."
        ),
        ValueEvidence.DOCUMENTED: _("The usual price is documented: the merchant showed a price list or an invoice."),
        ValueEvidence.HISTORY: _("The usual price is what was asked here for most of the past 30 days."),
    }
    return texts[evidence]


def fine_print(language: Language, deal: PublishedDeal | Terms) -> list[Sentence]:
    """The conditions of a deal, or of the terms by which it was bought."""
    translations = language.translations
    clock: Callable[..., str] = partial(i18n.clock, language)
    return [
        Sentence(
            sentence(rule, translations.gettext, translations.ngettext, clock),
            deal.language if isinstance(rule, Note) else None,
        )
        for rule in deal.fine_print
    ]


def point_facts(deal: PublishedDeal, chosen: Place | None) -> list[PointFacts]:
    """Where the deal can be redeemed, nearest to the chosen place first."""
    if chosen is None:
        return [PointFacts(point, point.precision is Precision.ADDRESS, None) for point in deal.points]
    latitudes = np.array([point.latitude for point in deal.points])
    longitudes = np.array([point.longitude for point in deal.points])
    metres = distance_m(chosen.latitude, chosen.longitude, latitudes, longitudes).tolist()
    found = [
        PointFacts(point, point.precision is Precision.ADDRESS, away / 1000)
        for point, away in zip(deal.points, metres, strict=True)
    ]
    return sorted(found, key=lambda facts: facts.away_km or 0.0)


def seen_at(deal: PublishedDeal) -> str | None:
    """The site that an imported deal links to, such as `deals.example`."""
    try:
        host = urlsplit(deal.source.url).hostname if deal.source and deal.source.url else None
    except ValueError:  # a link that starts like one and is none, such as `https://[`
        return None
    return host.removeprefix("www.") if host else None
