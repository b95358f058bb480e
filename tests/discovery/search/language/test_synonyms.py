"""What means the same: as lines of text, and as an operator changes it."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.discovery.search import service as search
from highstreet.discovery.search.language import synonyms
from highstreet.discovery.search.language.synonyms import Synonym, read, shipped, written
from highstreet.discovery.search.language.widening import Widening
from highstreet.kit.database import OPERATOR, VISITOR, Database
from highstreet.kit.errors import Conflict, InvalidInput, NotFound

WORD = st.text("abcé東", min_size=1, max_size=4)
PHRASES = st.lists(WORD, min_size=2, max_size=4, unique_by=lambda word: word.replace("é", "e"))
LINES = """
# Beauty
[en]
mani, manicure   # for nails
spa => sauna ,  Turkish  bath

[*]
massage, masaje
MASAJE, Massage
"""


@given(st.lists(st.tuples(PHRASES, st.integers(1, 4), st.sampled_from([None, "en", "pt-BR"])), max_size=8))
def test_what_is_written_reads_the_same(given_: list[tuple[list[str], int, str | None]]) -> None:
    said = [Synonym(tuple(words[:at]), tuple(words[at:]), language) for words, at, language in given_]
    distinct = {each.key: each for each in said if not _has_no_other(each)}
    again = {each.key: each for each in read(written(distinct.values()))}
    assert again == distinct


def _has_no_other(synonym: Synonym) -> bool:
    return len(synonym.phrases) + len(synonym.finds) < 2


def test_lines_say_what_means_the_same_and_what_is_found_as_well() -> None:
    assert read(LINES) == [
        Synonym(("mani", "manicure"), (), "en"),
        Synonym(("spa",), ("sauna", "Turkish bath"), "en"),
        Synonym(("massage", "masaje")),
    ]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("mani", "needs two words or phrases"),
        ("mani, ", "needs two words or phrases"),
        ("mani =>", "finds nothing"),
        ("=> mani, pedi", "needs two words or phrases"),
        ("mani, Mani", "says 'Mani' twice"),
        ("mani, ?!", "says '?!', not one to 8 words"),
        ("mani, " + "a" * 81, "not one to 8 words"),
        ("mani, a b c d e f g h i", "not one to 8 words"),
        ("mani, pe\0di", "not one to 8 words"),
        ("a => b => c", "part phrases"),
        (",".join(f"w{number}" for number in range(21)), "has 21 words or phrases"),
        ("[English]\na, b", "is not a tag such as en"),
    ],
)
def test_a_line_that_cannot_hold_is_named(line: str, complaint: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(f"one, two\n{line}")
    assert complaint in str(refused.value)
    assert refused.value.problems[0].field == f"line {2 + line.count(chr(10))}"


def test_too_many_are_refused() -> None:
    with pytest.raises(InvalidInput, match="may have 5,000"):
        read("".join(f"a{number}, b{number}\n" for number in range(synonyms.MOST_SYNONYMS + 1)))


@given(st.text())
def test_any_text_is_read_or_refused(lines: str) -> None:
    with contextlib.suppress(InvalidInput):
        found = read(lines)
        assert {each.key for each in read(written(found))} == {each.key for each in found}


def test_the_shipped_ones_hold_for_both_languages() -> None:
    languages = {synonym.language for synonym in shipped().values()}
    assert languages == {"en", "es", None}
    widening = Widening(shipped().values())
    assert ("hair", "cut") in {meaning.words for _, _, meaning in widening.meanings(["haircuts"])}
    assert ("manicura",) in {meaning.words for _, _, meaning in widening.meanings(["unas"])}


async def test_an_operator_adds_and_takes_back(database: Database) -> None:
    async with database.transaction(OPERATOR) as tx:
        before = await search.synonyms(tx)
        added = await search.add_synonym(tx, Synonym((" pony ", "small  horse")))
        assert await search.synonyms(tx) == (*before, Synonym(("pony", "small horse")))
        with pytest.raises(Conflict, match="already"):
            await search.add_synonym(tx, Synonym(("Small horse", "Pony")))
    async with database.system() as tx:
        assert added in await search.synonyms(tx)
    async with database.transaction(OPERATOR) as tx:
        await search.remove_synonym(tx, added.key)
        assert await search.synonyms(tx) == before
        with pytest.raises(NotFound):
            await search.remove_synonym(tx, added.key)


async def test_a_shipped_one_can_be_taken_back_and_holds_again(database: Database) -> None:
    spas = next(synonym for synonym in shipped().values() if synonym.phrases == ("spa", "spas"))
    async with database.transaction(OPERATOR) as tx:
        await search.remove_synonym(tx, spas.key)
        assert spas not in await search.synonyms(tx)
    async with database.transaction(OPERATOR) as tx:
        await search.add_synonym(tx, Synonym(("SPAS", "spa"), language="en"))
        assert set(await search.synonyms(tx)) == set(shipped().values())


async def test_a_list_is_added_or_put_in_place_of_all(database: Database) -> None:
    wanted = read("[en]\nspa, spas\npony, horse")
    async with database.transaction(OPERATOR) as tx:
        assert await search.put_synonyms(tx, wanted, replace=False) == (1, 0)
        assert len(await search.synonyms(tx)) == len(shipped()) + 1
        assert await search.put_synonyms(tx, wanted, replace=True) == (0, len(shipped()) - 1)
        assert set(await search.synonyms(tx)) == set(wanted)
        assert await search.put_synonyms(tx, list(shipped().values()), replace=True) == (len(shipped()) - 1, 1)
        assert set(await search.synonyms(tx)) == set(shipped().values())


async def test_there_is_an_end_to_them(database: Database) -> None:
    room = synonyms.MOST_SYNONYMS - len(shipped())
    many = [Synonym((f"a{number}", f"b{number}")) for number in range(room + 1)]
    async with database.transaction(OPERATOR) as tx:
        with pytest.raises(Conflict, match="nothing was changed"):
            await search.put_synonyms(tx, many, replace=False)
        await search.put_synonyms(tx, many[1:], replace=False)
        with pytest.raises(Conflict, match="as many as there may be"):
            await search.add_synonym(tx, many[0])


async def test_visitors_see_and_change_none(database: Database) -> None:
    async with database.transaction(OPERATOR) as tx:
        await search.add_synonym(tx, Synonym(("pony", "horse")))
    async with database.transaction(VISITOR) as tx:
        assert set(await search.synonyms(tx)) == set(shipped().values())
