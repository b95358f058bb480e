"""Templates show what they are given and nothing else: whatever a text holds, it stays a text."""

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from highstreet.web import i18n
from highstreet.web.templating import environment

VALUES = st.one_of(st.text(), st.integers(), st.none(), st.text().map(Markup), st.text().map(escape))


@given(VALUES)
def test_a_value_is_shown_as_the_library_would_escape_it(value: object) -> None:
    for language in i18n.languages():
        template = environment(language).from_string('<a title="{{ value }}">{{ value }}')
        assert template.render(value=value) == f'<a title="{escape(value)}">{escape(value)}'


def test_words_are_in_the_language_of_the_page() -> None:
    english, spanish = (environment(language).from_string('{{ _("Search") }}') for language in i18n.languages()[:2])
    assert (english.render(), spanish.render()) == ("Search", "Buscar")


def test_words_with_something_to_fill_in_are_filled_in() -> None:
    template = environment(i18n.languages()[0]).from_string('{{ _("until %(day)s", day=day) }}{{ _("100%%") }}')
    assert template.render(day="<b>") == "until &lt;b&gt;100%"
