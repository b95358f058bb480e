"""What the words of a question stand for, in each segment."""

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.discovery.search.language import planning
from highstreet.discovery.search.language.clauses import PHRASE, RUN, WORD, Clauses
from highstreet.discovery.search.language.lexicon import Lexicon
from highstreet.discovery.search.language.synonyms import Synonym
from highstreet.discovery.search.language.text import category_word, stored
from highstreet.discovery.search.language.widening import Widening
from highstreet.market.catalog.domain.categories import Category, CategoryTree
from tests.discovery.search.language.lexicons import lexicon, of_languages

ROWS = 1000
PLAIN = Widening()
Way = tuple[int, int, list[dict[str, int]]]


def read(clauses: Clauses, words: Lexicon) -> list[list[Way]]:
    """By clause, its ways: kind, percent, and by slot the words with their percents."""
    read: list[list[Way]] = []
    for clause in range(len(clauses.weights)):
        ways: list[Way] = []
        for way in range(clauses.clause_ways[clause], clauses.clause_ways[clause + 1]):
            slots: list[dict[str, int]] = []
            for slot in range(clauses.way_slots[way], clauses.way_slots[way + 1]):
                run = slice(clauses.slot_alternatives[slot], clauses.slot_alternatives[slot + 1])
                tokens = clauses.tokens[run].tolist()
                assert sorted(set(tokens)) == tokens
                slots.append(dict(zip(map(words.surface, tokens), clauses.percents[run].tolist(), strict=True)))
            ways.append((int(clauses.way_kinds[way]), int(clauses.way_percents[way]), slots))
        read.append(ways)
    return read


def planned(question: str, vocabulary: str, widening: Widening = PLAIN) -> list[list[Way]]:
    words = lexicon(vocabulary.split())
    return read(planning.plan(question, [words], widening, ROWS).clauses[0], words)


def found(question: str, vocabulary: str, widening: Widening = PLAIN) -> list[dict[str, int]]:
    """By clause, the single words that meet it."""
    return [
        {word: percent for kind, _, slots in ways if kind == WORD for word, percent in slots[0].items()}
        for ways in planned(question, vocabulary, widening)
    ]


def test_the_same_word_counts_whole_and_its_stem_a_little_less() -> None:
    assert found("massages", "massage massages massaging masseur spa") == [
        {"massage": 90, "massages": 100, "massaging": 90}
    ]


def test_a_stem_counts_in_a_language_in_which_the_word_occurs() -> None:
    words = of_languages({"masaje": (2, 1), "masajista": (1, 1), "masajes": (1, 1)}, ("en", "es"))
    clauses = planning.plan("masajes ", [words], PLAIN, ROWS).clauses[0]
    assert read(clauses, words) == [[(WORD, 100, [{"masajes": 100, "masaje": 90}])]]


@pytest.mark.parametrize(
    ("question", "met"),
    [
        ("pizz", {"pizz": 100, "pizzeria": 60, "pizzazz": 60}),
        ("pizz ", {"pizz": 100}),
        ("piz", {"piz": 100}),
        ("pizz in", {"pizz": 100}),
        ('"pizz"', {"pizz": 100}),
        ("pizzeria", {"pizzeria": 100}),
    ],
)
def test_of_words_that_are_known_only_the_last_and_only_a_long_one_may_be_unfinished(
    question: str, met: dict[str, int]
) -> None:
    assert found(question, "pizzeria pizzazz piz pizz") == [met]


@pytest.mark.parametrize(
    ("question", "vocabulary", "met"),
    [
        ("masage ", "massage massages message spa", {"massage": 70, "massages": 63}),
        ("ristorante", "restaurant", {}),
        ("resturant", "restaurant restaurants", {"restaurant": 70, "restaurants": 63}),
        ("restuarnt", "restaurant restarts", {"restaurant": 70}),
        ("restrnt", "restaurant", {}),
        ("pizaa ", "pizza pasta", {"pizza": 70}),
        ("tai ", "thai spa", {"thai": 70}),
        ("mass1ge ", "massage", {}),
        ("tou ", "to tour", {"tour": 70}),  # a word without meaning is nothing that was meant
    ],
)
def test_typing_errors_are_forgiven_by_length_where_a_word_is_unknown(
    question: str, vocabulary: str, met: dict[str, int]
) -> None:
    assert found(question, vocabulary) == [met]


@pytest.mark.parametrize(
    ("question", "vocabulary", "met"),
    [
        ("massag ", "massagexy", {"massagexy": 70}),  # begins it
        ("photographers ", "photography photo", {"photography": 70}),  # begins with the same stem
        ("amssage ", "massage", {"massage": 70}),  # one error, in the first letter
        ("msasage ", "massage massagexy", {"massage": 70}),  # the nearest come before what else it might be
        ("amsage ", "massage", {}),
    ],
)
def test_an_unknown_word_that_is_near_none_may_be_unfinished_or_begin_wrongly(
    question: str, vocabulary: str, met: dict[str, int]
) -> None:
    assert found(question, vocabulary) == [met]


def test_what_was_meant_is_met_by_what_that_means() -> None:
    same = Widening([Synonym(("masaje", "massage")), Synonym(("hair removal",), ("waxing",))])
    assert found("masje ", "massage massages", same) == [{"massage": 56, "massages": 50}]
    assert found("hair remval ", "hair removal waxing", same) == [
        {"hair": 100, "waxing": 56},
        {"removal": 70, "waxing": 56},
    ]


def test_a_word_that_means_something_is_not_taken_for_another() -> None:
    same = Widening([Synonym(("gym", "fitness club")), Synonym(("masaje", "massage"))])
    assert found("gym ", "gem", same) == [{}]
    assert found("masaje ", "massage message", same) == [{"massage": 80}]


def test_of_many_near_words_the_commonest_are_taken() -> None:
    words = of_languages({f"massag{letter}": (1, place + 1) for place, letter in enumerate("abcdfghijk")}, ("ja",))
    plan = planning.plan("massagz ", [words], PLAIN, ROWS)
    ((_, _, (slot,)),) = read(plan.clauses[0], words)[0]
    assert set(slot) == {f"massag{letter}" for letter in "cdfghijk"}
    assert plan.corrected == (("massagz", "massagk"),)


def test_a_word_that_one_segment_knows_is_corrected_in_none() -> None:
    base, top = lexicon(["massage"]), lexicon(["masage"])
    plan = planning.plan("masage ", [base, top], PLAIN, ROWS)
    assert [read(clauses, words) for clauses, words in zip(plan.clauses, (base, top), strict=True)] == [
        [[(WORD, 100, [{}])]],
        [[(WORD, 100, [{"masage": 100}])]],
    ]
    assert plan.corrected == ()


def test_a_quotation_is_met_side_by_side_and_as_it_is_written() -> None:
    same = Widening([Synonym(("hot", "warm"))])
    assert planned('"hot stones" massage', "hot stone warm massage", same) == [
        [(PHRASE, 100, [{"hot": 100}, {"stone": 90}])],
        [(WORD, 100, [{"massage": 100}])],
    ]
    assert planned('"the spa"', "the spa") == [[(PHRASE, 100, [{"the": 100}, {"spa": 100}])]]
    assert planned('spa "" "?" "unfinished', "spa unfinished") == planned("spa unfinished", "spa unfinished")


def test_a_quoted_run_is_met_by_its_pairs_side_by_side() -> None:
    vocabulary = " ".join(stored("居酒屋食べ放題"))
    kind, _, slots = planned("「食べ放題」", vocabulary)[0][0]
    assert (kind, slots) == (PHRASE, [{"食べ": 100}, {"べ放": 100}, {"放題": 100}])


def test_a_short_word_is_glued_to_the_next_by_a_sign() -> None:
    assert planned("t-shirts", "t shirt tshirt") == [
        [(PHRASE, 100, [{"t": 100}, {"shirt": 90}]), (WORD, 90, [{"tshirt": 90}])]
    ]
    assert planned("b&b", "b bb") == planned("B & B", "b bb")
    assert [len(planned(question, "hot stone")) for question in ("hot-stone", "hot & stone")] == [2, 2]


def test_two_words_may_be_written_as_one_and_one_as_two() -> None:
    assert found("day trips", "day trip daytrip") == [{"day": 100, "daytrip": 72}, {"trip": 90, "daytrip": 72}]
    assert planned("hotstone ", "hot stone hotel") == [
        [(WORD, 100, [{}]), (PHRASE, 80, [{"hot": 100}, {"stone": 100}])]
    ]


def test_synonyms_are_met_whatever_their_form() -> None:
    same = Widening([Synonym(("mani", "manicure"), language="en"), Synonym(("haircut", "hair cut"))])
    assert found("manicures ", "mani manicure", same) == [{"mani": 80, "manicure": 90}]
    assert found("mani ", "manicures", same) == [{"manicures": 72}]
    assert planned("haircuts ", "hair cut haircut", same) == [
        [(WORD, 100, [{"haircut": 90}]), (PHRASE, 80, [{"hair": 100}, {"cut": 100}])]
    ]
    assert found("a hair cut ", "hair haircut cut", same) == [{"hair": 100, "haircut": 80}, {"cut": 100, "haircut": 80}]
    assert found("cut hair ", "hair haircut cut", same) == [{"cut": 100}, {"hair": 100}]


def test_some_words_find_others_and_not_the_other_way_round() -> None:
    wider = Widening([Synonym(("spa",), ("sauna", "hammam"))])
    assert found("spa ", "spa sauna", wider) == [{"spa": 100, "sauna": 80}]
    assert found("sauna ", "spa sauna", wider) == [{"sauna": 100}]


def test_a_run_has_synonyms_too() -> None:
    same = Widening([Synonym(("マッサージ", "massage"))])
    ways = planned("マッサージ", "massage " + " ".join(stored("マッサージ")), same)[0]
    assert [way[0] for way in ways] == [RUN, WORD]
    assert ways[1] == (WORD, 100, [{"massage": 80}])
    kinds = [way[0] for way in planned("massage ", "massage " + " ".join(stored("マッサージ")), same)[0]]
    assert kinds == [WORD, PHRASE]


def test_the_names_of_categories_find_what_is_below_them() -> None:
    names = {"hair": ("Hair & barbers", "Peluquerías"), "hair-removal": ("Hair removal", "Depilación")}
    tree = CategoryTree.of(
        Category(slug=slug, parent=None, position=place, names={"en": english, "es": spanish})
        for place, (slug, (english, spanish)) in enumerate(names.items())
    )
    vocabulary = f"{category_word('hair')} {category_word('hair-removal')}"
    of = Widening((), tree)
    hair, removal = category_word("hair"), category_word("hair-removal")
    assert found("barber ", vocabulary, of) == [{hair: 70}]
    assert found("hair ", vocabulary, of) == [{hair: 70, removal: 40}]
    assert found("hair removals ", vocabulary, of) == [{hair: 70, removal: 70}, {removal: 70}]
    assert found("peluqueria ", vocabulary, of) == [{hair: 70}]
    assert planned('"hair"', vocabulary, of) == [[(WORD, 100, [{}])]]


def test_han_between_others_may_be_missing() -> None:
    words = lexicon(stored("東京居酒屋"))
    clauses = planning.plan("東京居酒屋", [words], PLAIN, ROWS).clauses[0]
    assert clauses.way_kinds.tolist() == [RUN]
    assert clauses.slot_loose.tolist() == [0, 1, 1, 0]
    assert planned("東", " ".join(stored("東京"))) == [[(WORD, 100, [{"東京": 100}])]]


def test_small_words_are_asked_for_only_when_there_are_no_others() -> None:
    assert planning.plan("the pizza in Chicago", [lexicon([])], PLAIN, ROWS).words == ("pizza", "chicago")
    assert planning.plan("the", [lexicon([])], PLAIN, ROWS).words == ("the",)
    assert planning.plan(" ?! ", [lexicon([])], PLAIN, ROWS).words == ()


def test_rare_words_weigh_more() -> None:
    base = of_languages({"gym": (1, 700), "gyms": (1, 50), "sauna": (1, 3)}, ("en",))
    top = of_languages({"gym": (1, 50)}, ("en",))
    plan = planning.plan("gym sauna unknown ", [base, top], PLAIN, ROWS)
    expected = [round(16 * log(1 + (ROWS - df + 0.5) / (df + 0.5))) for df in (800, 3, 0)]
    assert list(plan.weights) == expected
    assert all(clauses.weights.tolist() == expected for clauses in plan.clauses)
    everywhere = of_languages({"spa": (1, 2 * ROWS)}, ("en",))
    assert list(planning.plan("spa", [everywhere], PLAIN, ROWS).weights) == [1]


@given(st.text(max_size=200) | st.text('東京"-& abmsé', max_size=200))
def test_any_question_is_planned(question: str) -> None:
    widening = Widening([Synonym(("a", "b c"), language="en"), Synonym(("東京", "a b"))])
    vocabulary = [*stored(question)[::2], "abbs", "bmsa", "東京"]
    base, empty = lexicon(vocabulary), lexicon([])
    plan = planning.plan(question, [base, empty], widening, ROWS)
    assert len(plan.weights) == len(plan.words) <= 12
    for clauses, words in zip(plan.clauses, (base, empty), strict=True):
        assert len(read(clauses, words)) == len(plan.words)
        assert clauses.slot_alternatives[-1] == len(clauses.tokens) == len(clauses.percents)
        assert len(clauses.slot_loose) == clauses.way_slots[-1]
        assert all(1 <= percent <= 100 for percent in clauses.percents.tolist())


def test_the_number_of_clauses_hangs_on_the_question_alone() -> None:
    vocabularies = ["", "hot stone massage", "hotstone masage", "dayspa"]
    plans = [planning.plan("hotstone masage t-shirt dayspa 東京", [lexicon(v.split())], PLAIN, 9) for v in vocabularies]
    assert len({plan.words for plan in plans}) == 1


def test_a_planner_remembers() -> None:
    plan = planning.planner([lexicon(["spa"])], PLAIN, ROWS)
    assert plan("spa") is plan("spa")


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("ネイルサロン", "ネイル"),  # サロン is as long and commoner
        ("リラクゼイション", "リラクゼ"),
        ("温泉旅館", "旅館"),
        ("温泉宿", None),
        ("ヘアサロン", None),  # is known as it is
    ],
)
def test_a_run_that_nobody_writes_is_found_by_the_longest_part_that_somebody_does(asked: str, part: str | None) -> None:
    written = ("ネイル", "ヘアサロン", "サロン", "リラクゼーション", "旅館")
    vocabulary = " ".join(pair for word in written for pair in stored(word))
    (ways,) = planned(asked, vocabulary)
    percents = [percent for kind, percent, _ in ways if kind == RUN]
    assert percents == ([100] if part is None else [100, 70])
    if part is not None:
        slots = ways[-1][2]
        assert [next(iter(slot)) for slot in slots] == [part[at : at + 2] for at in range(len(part) - 1)]
