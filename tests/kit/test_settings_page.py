"""The reference of settings that operators read is the one that the program checks by."""

from highstreet.kit import generated, settings_page
from highstreet.kit.settings import reference


def test_docs_settings_md_is_what_the_settings_are() -> None:
    assert generated.kept_file(settings_page.NAME).read_text(encoding="utf-8") == settings_page.page(), (
        "run: python -m highstreet.kit.settings_page > docs/settings.md"
    )


def test_each_setting_has_a_line_of_its_own() -> None:
    lines = settings_page.page().splitlines()
    assert [sum(line.startswith(f"| `{setting.name}` |") for line in lines) for setting in reference()] == [
        1 for _ in reference()
    ]
