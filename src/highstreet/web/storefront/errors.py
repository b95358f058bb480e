"""Pages for what goes wrong: what happened in one sentence, and ways on."""

from http import HTTPStatus

import msgspec
from litestar import MediaType, Response

from highstreet.kit.settings import Settings
from highstreet.web import i18n, templating
from highstreet.web.choices import read_choices
from highstreet.web.i18n import Language
from highstreet.web.problems import Fault, HttpRequest
from highstreet.web.security import origin_of
from highstreet.web.storefront.visit import Head, frame


class _Words(msgspec.Struct, frozen=True):
    """`sign` is what hangs on the door: a word or two."""

    sign: str
    title: str
    message: str


def error_page(settings: Settings, request: HttpRequest, fault: Fault, request_id: str | None) -> Response[str]:
    """The page for a fault. It reads neither database nor index, so that it can say that both are down."""
    language, path = i18n.by_path(request.url.path)
    words = _words(language, fault.status)
    head = Head(title=words.title, description=words.message, path=path, indexed=False)
    context = {
        **frame(language, head, settings, origin_of(request, settings), read_choices(request.cookies, settings).theme),
        "sign": words.sign,
        "message": words.message,
        "unusable": [problem.field for problem in fault.fields],
        "request_id": request_id if fault.status >= HTTPStatus.INTERNAL_SERVER_ERROR else None,
    }
    return Response(
        templating.render(language, "error.html", context),
        status_code=fault.status,
        media_type=MediaType.HTML,
        headers={**fault.headers, "cache-control": "no-store"},
    )


def _words(language: Language, status: int) -> _Words:
    _ = language.translate
    pardon = _Words(
        _("Pardon?"),
        _("We could not use what was asked for"),
        _("Something in the address or the form cannot be used."),
    )
    known = {
        403: _Words(_("Staff only"), _("This is not allowed"), _("The request was understood and refused.")),
        404: _Words(
            _("Moved out"),
            _("There is nothing at this address"),
            _("The address may be mistyped, or what stood here is gone."),
        ),
        405: _Words(_("Other door"), _("This address does not work that way"), _("Please go back and try again.")),
        429: _Words(
            _("One moment"), _("Too many requests at once"), _("Please wait a moment and load the page again.")
        ),
        503: _Words(
            _("Back soon"),
            _("We cannot answer just now"),
            _("Nothing is lost. Please load the page again in a few seconds."),
        ),
    }
    broken = _Words(
        _("Out of order"),
        _("Something went wrong on our side"),
        _("It was recorded. Please try again, or go on from the first page."),
    )
    return known.get(status, broken if status >= HTTPStatus.INTERNAL_SERVER_ERROR else pardon)
