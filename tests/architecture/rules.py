"""The house rules that no linter has, each a small function from a text to what is wrong with it.

A finding is one line, `line: what`, to be printed behind the file's name. Nothing here reads a file.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator

FILE_LINES = 500
FUNCTION_LINES = 70

_WORDS_OF_CLOCKS = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\(\s*\)"
    r"|\b(current_timestamp|current_date|current_time|localtime|localtimestamp)\b|'(now|today)'",
    re.IGNORECASE,
)
_WORDS_OF_CHANCE = re.compile(r"\b(gen_random_uuid|uuidv4|uuidv7|random)\s*\(", re.IGNORECASE)
_SQL_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_STATEMENT = re.compile(
    r"\s*(SELECT\b|INSERT INTO\b|UPDATE [\w.]+\s+SET\b|DELETE FROM\b|WITH (RECURSIVE )?\w+ AS\b|COPY [\w.]+"
    r"|(CREATE|ALTER|DROP|TRUNCATE) (TABLE|INDEX|SCHEMA|ROLE|POLICY)\b|SET LOCAL\b|LISTEN \w|NOTIFY \w)"
)
_READS_THE_CLOCK = frozenset({
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns", "time.localtime",
    "time.gmtime", "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.date.today",
})  # fmt: skip
_TAKES_CHANCE = frozenset({"uuid1", "uuid4", "uuid7", "uuid.uuid1", "uuid.uuid4", "os.urandom", "SystemRandom"})
_UNFINISHED = re.compile(r"\b(T[O]DO|F[I]XME|X[X]X|H[A]CK)\b")
_OF_A_MACHINE = re.compile(r"(?<![\w.:/*-])/(?:work|root|home/\w+)/|pypi\.org|pythonhosted\.org|registry\.npmjs")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_REASON = r"\s+(--?|#) ?\w"
_BARE_IGNORE = re.compile(
    rf"#\s*(noqa(?!: [A-Z]+\d+(, ?[A-Z]+\d+)*{_REASON})|(type|pyright): ignore(?!\[[\w-]+(, ?[\w-]+)*\]{_REASON}))"
)
_VAGUE = frozenset(
    {"store", "model", "models", "session", "manager", "util", "utils", "helper", "helpers", "common", "misc"}
)


def too_long(text: str) -> Iterator[str]:
    """A file beyond the cap."""
    lines = text.count("\n")
    if lines > FILE_LINES:
        yield f"1: {lines} lines, and {FILE_LINES} is the most"


def long_functions(text: str) -> Iterator[str]:
    """Functions beyond the cap."""
    for name, line, lines in function_lengths(text):
        if lines > FUNCTION_LINES:
            yield f"{line}: {name} has {lines} lines, and {FUNCTION_LINES} is the most"


def function_lengths(text: str) -> Iterator[tuple[str, int, int]]:
    """Each function's name, first line and number of lines, without its decorators."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.lineno, (node.end_lineno or node.lineno) - node.lineno + 1


def more_than_a_docstring(text: str) -> Iterator[str]:
    """For `__init__.py`: anything beside the docstring, or no docstring."""
    tree = ast.parse(text)
    if not ast.get_docstring(tree):
        yield "1: a package says what it holds, in a docstring"
    for node in tree.body[1:]:
        yield f"{node.lineno}: only a docstring stands in __init__.py"


def clock_in_sql(sql: str) -> Iterator[str]:
    """SQL that reads the database's clock or takes its chance: time is `tx.now`, ids are `tx.new_id()`."""
    bare = _SQL_COMMENT.sub(lambda comment: "\n" * comment.group().count("\n"), sql)
    for pattern, instead in ((_WORDS_OF_CLOCKS, "tx.now"), (_WORDS_OF_CHANCE, "tx.new_id() or tx.rng")):
        for found in pattern.finditer(bare):
            yield f"{_line_of(bare, found)}: {found.group().strip()} in SQL, where {instead} is passed in"


def clock_in_statements(text: str) -> Iterator[str]:
    """The same for the SQL inside Python."""
    for line, literal in _literals(text):
        if _STATEMENT.match(literal):
            for finding in clock_in_sql(literal):
                yield f"{line}: {finding.split(': ', 1)[1]}"


def clock_in_python(text: str) -> Iterator[str]:
    """Calls that read the machine's clock or take its chance. Stopwatches (`perf_counter`, `monotonic`) are fine."""
    tree = ast.parse(text)
    modules = {
        alias.asname or alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            owner, _, function = called.rpartition(".")
            chance = called in _TAKES_CHANCE or (owner == "random" in modules and function != "Random")
            if called in _READS_THE_CLOCK or chance or re.match(r"(np|numpy)\.random\.", called):
                yield f"{node.lineno}: {called}() where a Clock or a Random is passed in"


def statements(text: str) -> Iterator[str]:
    """SQL, which only `repository.py` and `kit` hold."""
    for line, literal in _literals(text):
        if _STATEMENT.match(literal):
            yield f"{line}: SQL outside of a repository: {literal.split()[0]} ..."


def commits(text: str) -> Iterator[str]:
    """For a repository: the caller's transaction is not its own to end."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and node.attr in {"commit", "rollback", "autocommit"}:
            yield f"{node.lineno}: a repository never ends its caller's transaction"


def touches_the_world(text: str) -> Iterator[str]:
    """For a domain: what no import contract sees, because it needs no import or hides behind an allowed one."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"open", "print", "input", "__import__"}:
            yield f"{node.lineno}: {ast.unparse(node.func)}() in a domain"
        if isinstance(node, ast.Import | ast.ImportFrom) and "urllib.request" in ast.unparse(node).replace(
            " import ", "."
        ):
            yield f"{node.lineno}: urllib.request in a domain"
        if isinstance(node, ast.AsyncFunctionDef | ast.Await):
            yield f"{node.lineno}: a domain waits for nothing"


def unfinished(text: str) -> Iterator[str]:
    """Marks that say that something is not done."""
    for found in _UNFINISHED.finditer(text):
        yield f"{_line_of(text, found)}: {found.group()}; finish it, or say in the docs that it does not exist yet"


def of_a_machine(text: str) -> Iterator[str]:
    """Paths of somebody's machine and addresses of package registries."""
    for found in _OF_A_MACHINE.finditer(text):
        yield f"{_line_of(text, found)}: {found.group()} holds for one machine only"


def fixed_ids(text: str) -> Iterator[str]:
    """Identifiers written into the code."""
    for line, literal in _literals(text):
        if _UUID.fullmatch(literal):
            yield f"{line}: an id is made, never written into the code"


def bare_ignores(text: str) -> Iterator[str]:
    """An ignored rule without its code and its reason: the rule in it, then a dash."""
    for number, line in enumerate(text.splitlines(), 1):
        if found := _BARE_IGNORE.search(line):
            yield f"{number}: {found.group()} needs its rule and, behind a dash, its reason"


def vague_name(stem: str) -> Iterator[str]:
    """A module's name that says nothing."""
    if stem in _VAGUE:
        yield f"1: {stem} says nothing; the glossary has words"


def unreached(imports: dict[str, set[str]], entries: Iterable[str]) -> list[str]:
    """Modules that no entry reaches by imports. A package is reached with whatever is inside it."""
    reached: set[str] = set()
    waiting = [entry for entry in entries if entry in imports]
    while waiting:
        module = waiting.pop()
        if module not in reached:
            reached.add(module)
            waiting += [each for each in imports[module] if each in imports]
            waiting += [package for package in _packages_of(module) if package in imports]
    return sorted(imports.keys() - reached)


def unused_names(texts: dict[str, str], elsewhere: Iterable[str]) -> Iterator[str]:
    """Names that are defined in `texts`, which maps files to code, and stand nowhere else, `elsewhere` included.

    What a decorator registers, and what overrides a method of somebody else's class, is used without being named.
    """
    count = Counter(word for text in (*texts.values(), *elsewhere) for word in re.findall(r"\w+", text))
    for file, text in texts.items():
        for name, line in _definitions(ast.parse(text)):
            if count[name] == 1 and not name.startswith("__"):
                yield f"{file}:{line}: nothing uses {name}"


def _definitions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    plain_classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and not node.bases]
    for node in (*tree.body, *(inner for each in plain_classes for inner in each.body)):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() if not node.decorator_list:
                yield node.name, node.lineno
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name, node.lineno
            case _:
                pass


def imported_names(text: str) -> set[str]:
    """Every dotted name that an import may mean: the module itself, and each name taken from it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def _packages_of(module: str) -> Iterator[str]:
    while "." in module:
        module = module.rpartition(".")[0]
        yield module


def _literals(text: str) -> Iterator[tuple[int, str]]:
    """Every string in the code with its line, without docstrings. An f-string counts by its first fixed part."""
    tree = ast.parse(text)
    documentation = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.lineno, node.value


def _line_of(text: str, found: re.Match[str]) -> int:
    return text.count("\n", 0, found.start()) + 1
