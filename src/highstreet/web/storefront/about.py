"""Pages about the site itself."""

from highstreet.web.answers import Answer
from highstreet.web.storefront.choices import KEPT_FOR_DAYS, cookie_name
from highstreet.web.storefront.visit import Head, Visit, page


async def about_page(visit: Visit) -> Answer:
    _ = visit.language.translate
    head = Head(
        title=_("About this site"),
        description=_("What this marketplace is, where its deals come from and what does not work yet."),
        path="/about",
    )
    return page(visit, "about.html", head, {})


async def privacy_page(visit: Visit) -> Answer:
    _ = visit.language.translate
    head = Head(
        title=_("Privacy"),
        description=_("What is kept about you: one cookie, and only once you choose something."),
        path="/privacy",
    )
    context = {"cookie": cookie_name(visit.runtime.settings), "kept_days": KEPT_FOR_DAYS}
    return page(visit, "privacy.html", head, context)
