"""What machines read: structured data, `robots.txt` and the sitemap. Only stated facts go in."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

import msgspec

from highstreet.kit.money import minor_digits
from highstreet.market.catalog.domain.deals import DealPoint, DealState, Option, Precision, PublishedDeal
from highstreet.web import i18n

SITEMAP_PAGE = 5000
"""Addresses in one file of the sitemap; each is listed with its other languages, and search engines take 50 MB."""

_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"


def deal_json_ld(deal: PublishedDeal, url: str, category: str | None, image: str | None) -> str:
    """The deal as a schema.org Product with its offers, safe to stand inside a script element.

    Availability is left out while nothing can be ordered here, and so is a picture that we only drew.
    """
    product: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": deal.title,
        "description": deal.description,
        "category": category,
        "url": url,
        "image": image,
        "offers": [_offer(deal, option, url) for option in deal.options],
    }
    return script_json(_stated(product))


def script_json(fields: dict[str, Any]) -> str:
    """JSON that can stand inside a script element, whatever its texts hold."""
    text = msgspec.json.encode(fields).decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _offer(deal: PublishedDeal, option: Option, url: str) -> dict[str, Any]:
    merchant = {"@type": "Organization", "name": deal.merchant_name} if deal.merchant_name else None
    sold_out = deal.state is DealState.SOLD_OUT
    return _stated(
        {
            "@type": "Offer",
            "name": option.title,
            "price": str(Decimal(option.price_minor).scaleb(-minor_digits(deal.currency))),
            "priceCurrency": deal.currency,
            "url": deal.source.url if deal.source and deal.source.url else url,
            "validFrom": deal.starts_at.isoformat() if deal.source is None else None,
            "validThrough": deal.ends_at.isoformat() if deal.ends_at and not _is_shifted(deal) else None,
            "availability": "https://schema.org/SoldOut" if sold_out else None,
            "seller": merchant,
            "availableAtOrFrom": [_place(point) for point in deal.points if point.precision is not Precision.AREA]
            or None,
        },
    )


def _place(point: DealPoint) -> dict[str, Any]:
    exact = point.precision is Precision.ADDRESS
    return _stated(
        {
            "@type": "Place",
            "name": point.location_name or point.place_name,
            "address": point.address,
            "latitude": point.latitude if exact else None,
            "longitude": point.longitude if exact else None,
        },
    )


def _is_shifted(deal: PublishedDeal) -> bool:
    return deal.source is not None and deal.source.shifted_days != 0


def _stated(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def robots_txt(origin: str, *, is_public: bool) -> str:
    """A demonstration asks all crawlers to stay away: what it shows is not for sale."""
    if not is_public:
        return "User-agent: *\nDisallow: /\n"
    searches = "".join(f"Disallow: {language.localized('/search')}\n" for language in i18n.languages())
    return f"User-agent: *\n{searches}\nSitemap: {origin}/sitemap.xml\n"


def sitemap_index(origin: str, names: Sequence[str]) -> str:
    """The list of sitemap files; `names` are those of the files, without their ending."""
    entries = "".join(f"<sitemap><loc>{escape(origin)}/sitemaps/{name}.xml</loc></sitemap>" for name in names)
    return f'<?xml version="1.0" encoding="UTF-8"?><sitemapindex xmlns="{_SITEMAP}">{entries}</sitemapindex>'


def sitemap(origin: str, paths: Iterable[tuple[str, str | None]]) -> str:
    """One sitemap file of paths without a language's prefix, each with the day it changed, in every language."""
    entries = "".join(_entry(origin, path, changed) for path, changed in paths)
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="{_SITEMAP}" xmlns:xhtml="{_XHTML}">{entries}</urlset>'


def _entry(origin: str, path: str, changed: str | None) -> str:
    base = escape(origin)
    day = f"<lastmod>{changed}</lastmod>" if changed else ""
    others = "".join(
        f'<xhtml:link rel="alternate" hreflang="{language.code}" href="{base}{language.localized(path)}"/>'
        for language in i18n.languages()
    )
    return f"<url><loc>{base}{escape(path)}</loc>{day}{others}</url>"
