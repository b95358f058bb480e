"""What can be checked about a page of the docs: its links, the paths, commands and settings it names, its examples.

Like the house rules, each is a small function from a text to findings of the form `line: what`.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_PATH = re.compile(r"(?:[\w.-]+/)+[\w.*-]*|[\w-]+\.(?:md|toml|lock|sql)")
_PLACEHOLDER = re.compile(r"^N/A$|[<>{}]|\.\.\.|NNNN|YYYY")
_SETTING = re.compile(r"\bHIGHSTREET_[A-Z_]*[A-Z]\b")


@dataclass(frozen=True)
class Example:
    """A fenced block. `line` is that of its first line of code."""

    language: str
    line: int
    code: str


def examples(text: str) -> Iterator[Example]:
    """Every fenced block, in order."""
    for found in _FENCE.finditer(text):
        yield Example(found[1], _line_of(text, found.start(2)), found[2])


def broken_links(text: str, page: Path) -> Iterator[str]:
    """Relative links to what is not there, and anchors that no heading makes."""
    for found in _LINK.finditer(_without_fences(text)):
        target, _, anchor = found[1].partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = (page.parent / target) if target else page
        if not file.exists():
            yield f"{_line_of(text, found.start())}: a link to {target}, which does not exist"
        elif anchor and anchor not in _anchors(file.read_text(encoding="utf-8")):
            yield f"{_line_of(text, found.start())}: a link to #{anchor}, and no heading is called so"


def missing_paths(text: str, roots: Collection[Path]) -> Iterator[str]:
    """Paths in code spans, which may be relative to any of the roots. `*` stands for something that exists."""
    for found in _CODE.finditer(_without_fences(text)):
        word = found[1].removeprefix("./")
        if _PLACEHOLDER.search(word) or not _PATH.fullmatch(word) or word.startswith(("/", "http")):
            continue
        if not any(any(root.glob(word.rstrip("/"))) or (root / f"{word}.py").exists() for root in roots):
            yield f"{_line_of(text, found.start())}: {word} does not exist"


def unknown_commands(text: str, known: Callable[[str], str | None]) -> Iterator[str]:
    """Commands in code spans and `sh` blocks; `known` says what is wrong with one, or None."""
    spans = [(found.start(1), found[1]) for found in _CODE.finditer(_without_fences(text))]
    for example in examples(text):
        if example.language == "sh":
            joined = example.code.replace("\\\n", "  ")
            spans += [(text.index(example.code), line.strip()) for line in joined.splitlines()]
    for start, command in spans:
        bare = re.sub(r"^(\$ )?([A-Z_]+=\S+ )*", "", command)
        if re.match(r"(\./dev|highstreet) ", bare) and (problem := known(bare)):
            yield f"{_line_of(text, start)}: {bare}: {problem}"


def unknown_settings(text: str, known: Collection[str]) -> Iterator[str]:
    """Settings that the program does not know."""
    for found in _SETTING.finditer(text):
        if found.group() not in known:
            yield f"{_line_of(text, found.start())}: {found.group()} is not a setting"


def _anchors(text: str) -> set[str]:
    """The anchors of the headings, as the usual renderers make them."""
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in _HEADING.findall(text)}


def _without_fences(text: str) -> str:
    """The text with its fenced blocks blanked, so that places in it stay the same."""
    return _FENCE.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


def _line_of(text: str, start: int) -> int:
    return text.count("\n", 0, start) + 1
