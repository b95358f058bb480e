"""Pages about the site itself."""

from highstreet.web.answers import Answer
from highstreet.web.choices import KEPT_FOR_DAYS, cookie_name
from highstreet.web.cookies import login_cookie_name
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
        description=_("What is kept about you: nothing but a line in a log, unless you choose something or sign in."),
        path="/privacy",
    )
    settings = visit.runtime.settings
    context = {"cookie": cookie_name(settings), "kept_days": KEPT_FOR_DAYS, "login_cookie": login_cookie_name(settings)}
    return page(visit, "privacy.html", head, context)
