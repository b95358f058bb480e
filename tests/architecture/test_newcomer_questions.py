"""Ten questions of somebody who has never seen the code, answered by the names of folders and files alone.

Each answer is a path that one would guess, and a name that has to stand in it.
"""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "highstreet"

ANSWERS = {
    "Where is the rule that a killed deal cannot go live?": (
        "market/catalog/domain/deals.py",
        "TRANSITIONS",
    ),
    "Where would I add a currency?": ("kit/money.py", "list_currencies"),
    "Where would I add a kind of fine print?": ("market/catalog/domain/fine_print.py", "Rule ="),
    "Where is the SQL that finds a place by its name?": ("market/catalog/repository/places.py", "SELECT"),
    "Where are the weights that order search results?": ("discovery/search/relevance.py", "_WEIGHT"),
    "Where would I teach a mapping a new transform?": ("market/feeds/domain/transforms.py", "TRANSFORMS"),
    "Where does a price in the API get its shape?": ("web/api/views.py", "price"),
    "Where would I correct a Spanish sentence?": ("web/locales/es/LC_MESSAGES/highstreet.po", "msgstr"),
    "Where is a setting described?": ("kit/settings.py", "class Settings"),
    "Which error becomes which HTTP status?": ("web/problems.py", "409"),
}


@pytest.mark.parametrize("question", ANSWERS)
def test_a_newcomer_finds_the_answer_by_its_path(question: str) -> None:
    path, name = ANSWERS[question]
    assert name in (SOURCE / path).read_text(encoding="utf-8")


def test_there_are_ten_questions() -> None:
    assert len(ANSWERS) == 10
