"""Each house rule is seen to find what it is for, and to leave alone what only looks like it."""

import pytest

from tests.architecture import rules
from tests.architecture.test_tidy import CHECKS, Rule

_LONG = "def f() -> None:\n" + "    pass\n" * 70

PLANTED: list[tuple[Rule, str, int]] = [
    (rules.too_long, "x\n" * 501, 1),
    (rules.long_functions, _LONG, 1),
    (rules.more_than_a_docstring, '"""Holds it."""\nimport os\n', 2),
    (rules.more_than_a_docstring, "", 1),
    (rules.clock_in_sql, "CREATE TABLE t (\n  at timestamptz DEFAULT now()\n)", 2),
    (rules.clock_in_sql, "SELECT CURRENT_TIMESTAMP", 1),
    (rules.clock_in_sql, "SELECT clock_timestamp ( )", 1),
    (rules.clock_in_sql, "SELECT 'now'::timestamptz", 1),
    (rules.clock_in_sql, "id uuid DEFAULT gen_random_uuid()", 1),
    (rules.clock_in_statements, 'SQL = """\nSELECT 1 WHERE at < now()"""', 1),
    (rules.clock_in_python, "\nat = datetime.now(UTC)", 2),
    (rules.clock_in_python, "import time\nat = time.time()", 2),
    (rules.clock_in_python, "import random\nx = random.choice(y)", 2),
    (rules.clock_in_python, "x = uuid4()", 1),
    (rules.clock_in_python, "x = np.random.default_rng()", 1),
    (rules.statements, 'await tx.execute("UPDATE catalog.deals SET sold = 1")', 1),
    (rules.statements, 'await tx.execute(f"SELECT 1 FROM {table}")', 1),
    (rules.commits, "await tx.connection.commit()", 1),
    (rules.touches_the_world, "text = open(path).read()", 1),
    (rules.touches_the_world, "from urllib.request import urlopen", 1),
    (rules.touches_the_world, "async def wait() -> None: ...", 1),
    (rules.unfinished, "# TO" + "DO later", 1),
    (rules.of_a_machine, "see\n/ro" + "ot/file", 2),
    (rules.of_a_machine, "https://py" + "pi.org/simple", 1),
    (rules.fixed_ids, 'ID = "018f2f5e-0000-7000-8000-000000000001"', 1),
    (rules.bare_ignores, "import os  # no" + "qa", 1),
    (rules.bare_ignores, "import os  # no" + "qa: F401", 1),
    (rules.bare_ignores, "x = 1  # type: " + "ignore", 1),
    (rules.bare_ignores, "x = 1  # pyright: " + "ignore[reportUnknown]", 1),
    (rules.vague_name, "utils", 1),
]

INNOCENT: list[tuple[Rule, str]] = [
    (rules.too_long, "x\n" * 500),
    (rules.long_functions, "@decorated\n" * 9 + _LONG.replace("    pass\n", "", 1)),
    (rules.more_than_a_docstring, '"""Holds it."""\n'),
    (rules.clock_in_sql, "-- never now()\nSELECT known(1), at FROM t /* now() */"),
    (rules.clock_in_statements, 'SAID = "the page says now()"'),
    (rules.clock_in_python, "import time\nfrom random import Random\nrng: Random = Random(7)\nx = time.perf_counter()"),
    (rules.clock_in_python, "at = clock.now()\nx = rng.random()"),
    (rules.statements, '"""SELECT is a word in this docstring."""\nSAID = "Select a place"'),
    (rules.commits, "await tx.execute(sql)"),
    (rules.touches_the_world, "from urllib.parse import quote\ncursor = deal.open()"),
    (rules.unfinished, "# all done"),
    (rules.of_a_machine, "src/work/file and /workshops and https://example.org/root/x"),
    (rules.fixed_ids, 'SAID = "an id such as 018f2f5e"'),
    (rules.bare_ignores, "import os  # no" + "qa: F401 - imported for its effect"),
    (rules.vague_name, "deals"),
]


@pytest.mark.parametrize(("rule", "text", "line"), PLANTED)
def test_a_rule_finds_what_was_planted(rule: Rule, text: str, line: int) -> None:
    assert [finding.partition(":")[0] for finding in rule(text)] == [str(line)]


@pytest.mark.parametrize(("rule", "text"), INNOCENT)
def test_a_rule_leaves_the_innocent_alone(rule: Rule, text: str) -> None:
    assert list(rule(text)) == []


def test_every_rule_has_something_planted() -> None:
    assert {rule for rule, _ in CHECKS.values()} <= {rule for rule, _, _ in PLANTED}


def test_a_module_that_nothing_imports_is_dead() -> None:
    imports = {
        "a": {"a.b"},
        "a.b": {"a.c.f"},
        "a.c": set[str](),
        "a.c.f": set[str](),
        "a.dead": {"a.b"},
    }
    assert rules.unreached(imports, {"a"}) == ["a.dead"]


def test_a_name_that_nothing_uses_is_dead() -> None:
    texts = {
        "a.py": "LIMIT = 1\nMAX: int = 2\n\n\ndef used() -> None:\n    return MAX\n",
        "b.py": "class Plain:\n    def tested(self): ...\n    def idle(self): ...\n    def __repr__(self): ...\n",
        "c.py": "class Other(Base):\n    def hook(self): ...\n\n\n@command\ndef run(): return used(Plain, Other)\n",
    }
    assert list(rules.unused_names(texts, ["Plain().tested()"])) == [
        "a.py:1: nothing uses LIMIT",
        "b.py:3: nothing uses idle",
    ]


def test_imports_are_read_in_every_form() -> None:
    text = "import a.b\nfrom c import d\ndef f():\n    from e.f import g as h\n"
    assert rules.imported_names(text) == {"a.b", "c", "c.d", "e.f", "e.f.g"}
