"""Pages in every language, and amounts as each language writes them."""

import re
from datetime import UTC, datetime
from io import BytesIO

import httpx
import pytest
from babel.messages.pofile import read_po

from highstreet.web import i18n, messages
from highstreet.web.i18n import Language
from tests.web.storefront.street import Street

ENGLISH, SPANISH = i18n.languages()
OTHERS = i18n.languages()[1:]


@pytest.mark.parametrize("language", OTHERS, ids=lambda language: language.code)
def test_no_text_is_without_its_translation(language: Language) -> None:
    """After a change of text: `python -m highstreet.web.messages`, then translate what is empty."""
    kept = i18n.po_file(language.code).read_bytes()
    assert messages.updated(language.code, messages.collect()) == kept, "the catalogue does not match the texts"
    catalogue = read_po(BytesIO(kept), locale=language.code)
    for message in catalogue:
        if message.id:
            texts = message.string if isinstance(message.string, tuple) else (message.string,)
            assert all(texts), f"not translated: {message.id!r}"
            assert not message.fuzzy, f"doubtful: {message.id!r}"
            assert not list(message.check(catalogue)), f"broken placeholders: {message.id!r}"


def test_every_page_names_its_other_languages_and_a_switch_keeps_the_page(
    visitor: httpx.Client, street: Street
) -> None:
    for path in ("/", "/places/chicago-il-us", "/categories/massage", "/about", street.deals["full"]):
        page = visitor.get(path).text
        spanish = "/es" if path == "/" else f"/es{path}"
        assert f'hreflang="es" href="{street.url}{spanish}"' in page
        assert f'<link rel="canonical" href="{street.url}{path}">' in page
        assert f'hreflang="x-default" href="{street.url}{path}"' in page
        other = visitor.get(spanish)
        assert '<html lang="es"' in other.text
        assert f'class="tongue" href="{path}"' in other.text
    filtered = visitor.get("/es/places/chicago-il-us?sort=price").text
    assert 'class="tongue" href="/places/chicago-il-us?sort=price"' in filtered


def test_spanish_pages_hold_no_english_text_of_ours(visitor: httpx.Client, street: Street) -> None:
    english = {
        str(message.id if isinstance(message.id, str) else message.id[0])
        for message in messages.collect()
        if message.id and "%" not in str(message.id)
    }
    same = {text for text in english if SPANISH.translate(text) == text}
    long_enough = {text for text in english - same if len(text) > 12}
    for path in ("/es", "/es/places/chicago-il-us", "/es/privacy", "/es/about", "/es" + street.deals["full"], "/es/no"):
        page = visitor.get(path).text
        assert not [text for text in long_enough if text in page], path


def test_amounts_are_written_as_the_language_writes_them() -> None:
    assert i18n.money(ENGLISH, 124900, "USD") == "$1,249"
    assert i18n.money(ENGLISH, 1250, "EUR") == "€12.50"
    assert i18n.money(SPANISH, 1250, "EUR") == "12,50\xa0€"
    assert i18n.money(ENGLISH, 500, "JPY") == "¥500"
    assert i18n.percent(SPANISH, 35) == "35\xa0%"
    assert i18n.distance(ENGLISH, 1.609344, "mile") == "1 mi"
    assert i18n.distance(SPANISH, 2.34, "kilometer") == "2,3 km"
    assert i18n.distance(SPANISH, 1234.5, "kilometer") == "1.234 km"


def test_a_day_is_the_day_where_the_deal_is() -> None:
    midnight = datetime(2026, 3, 2, 2, tzinfo=UTC)
    assert i18n.date(ENGLISH, midnight, "America/Chicago") == "Mar 1, 2026"
    assert i18n.date(ENGLISH, midnight) == "Mar 2, 2026"
    assert i18n.date(SPANISH, midnight, "Europe/Madrid") == "2 mar 2026"


@pytest.mark.parametrize(
    ("path", "code", "rest"), [("/", "en", "/"), ("/es", "es", "/"), ("/es/a", "es", "/a"), ("/esa", "en", "/esa")]
)
def test_a_path_tells_its_language(path: str, code: str, rest: str) -> None:
    language, found = i18n.by_path(path)
    assert (language.code, found) == (code, rest)
    assert language.localized(rest) == path


def test_numbers_in_spanish_pages_are_spanish(visitor: httpx.Client, street: Street) -> None:
    page = visitor.get("/es" + street.deals["spanish"]).text
    assert re.search(r"24,50\s€", page)
    assert "22 mar 2026" in page
