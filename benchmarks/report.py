"""What a benchmark found: as JSON, and as its section of docs/benchmarks.md."""

import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
README = ROOT / "README.md"

_SENSES = {False: "below", True: "at least"}
_HEAD = """\
# Benchmarks

Written by `./dev bench`; do not edit. Peers run in the same run and on the same data, and their answers are compared
with ours before anything is timed. One machine's figures: read ratios rather than times.
"""


class Result(msgspec.Struct, frozen=True):
    """One figure of one subject."""

    subject: str
    metric: str
    value: float
    unit: str


class Ratio(msgspec.Struct, frozen=True):
    """`of`'s figure divided by `to`'s."""

    of: str
    to: str
    metric: str
    value: float


class Target(msgspec.Struct, frozen=True):
    """`met` when `value` is below `target`; where `at_least`, when it is that or more."""

    name: str
    value: float
    target: float
    met: bool
    at_least: bool = False


class Report(msgspec.Struct, frozen=True):
    """Everything that one run found. `skipped` names what could not run, and why."""

    name: str
    machine: str
    date: str
    commit: str
    results: list[Result]
    ratios: list[Ratio]
    targets: list[Target]
    skipped: list[str]


def report(
    name: str, results: list[Result], ratios: list[Ratio], targets: list[Target], skipped: Iterable[str] = ()
) -> Report:
    """The findings, with where and when they were made."""
    date = datetime.now(UTC).date().isoformat()
    return Report(name, _machine(), date, _commit(), results, ratios, targets, list(skipped))


def percentiles(subject: str, milliseconds: list[float]) -> list[Result]:
    """The median and the 99th percentile of one subject's times."""
    ordered = sorted(milliseconds)
    return [
        Result(subject, f"p{percent}", round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)], 3), "ms")
        for percent in (50, 99)
    ]


def below(name: str, found: float, wanted: float) -> Target:
    """A target for what is better when it is less."""
    return Target(name, found, wanted, found < wanted)


def at_least(name: str, found: float, wanted: float) -> Target:
    """A target for what is better when it is more."""
    return Target(name, found, wanted, found >= wanted, at_least=True)


def value(results: list[Result], subject: str, metric: str) -> float:
    """A figure that is among the results."""
    return next(each.value for each in results if (each.subject, each.metric) == (subject, metric))


def as_text(found: Report) -> str:
    """A section of the page."""
    lines = [
        f"## {found.name}",
        "",
        f"`./dev bench {found.name}` on {found.date}, at {found.commit}: {found.machine}.",
        "",
        *_table(
            ("subject", "metric", "value"), [(r.subject, r.metric, f"{r.value:,g} {r.unit}") for r in found.results]
        ),
    ]
    lines += _ratios_and_targets(found)
    lines += [f"\nCould not run: {each}." for each in found.skipped]
    return "\n".join(lines) + "\n"


def write_page(found: Report) -> None:
    """Put the section in its place on the page; the sections of other benchmarks stay as they are."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else _HEAD
    sections = {
        title: f"## {body}"
        for body in re.split(r"^## ", page, flags=re.MULTILINE)[1:]
        for title in [body.split("\n")[0]]
    }
    sections[found.name] = as_text(found)
    PAGE.write_text(
        "\n".join([_HEAD, *(sections[title].rstrip() + "\n" for title in sorted(sections))]), encoding="utf-8"
    )


def write_readme(found: Report) -> None:
    """Put the run's ratios and targets between the README's two marks for this benchmark, where it has such marks."""
    marks = rf"(<!-- figures of {found.name} -->\n).*?(<!-- end of figures -->)"
    figures = "\n".join([f"On {found.date}, {found.machine}:", *_ratios_and_targets(found)])
    text = re.sub(marks, lambda mark: f"{mark[1]}\n{figures}\n\n{mark[2]}", README.read_text("utf-8"), flags=re.DOTALL)
    README.write_text(text, encoding="utf-8")


def _ratios_and_targets(found: Report) -> list[str]:
    lines: list[str] = []
    if found.ratios:
        rows = [(f"{r.of} / {r.to}", r.metric, f"{r.value:,.3g}") for r in found.ratios]
        lines += ["", *_table(("ratio", "metric", "value"), rows)]
    if found.targets:
        rows = [
            (t.name, f"{t.value:,g}", f"{_SENSES[t.at_least]} {t.target:,g}", "yes" if t.met else "**no**")
            for t in found.targets
        ]
        lines += ["", *_table(("target", "value", "wanted", "met"), rows)]
    return lines


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, tuple("---" for _ in head), *rows)]


def _machine() -> str:
    cpu = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists() and (named := re.search(r"^model name\s*: (.*)$", information.read_text(), re.MULTILINE)):
        cpu = named[1]
    busy = f"load {os.getloadavg()[0]:.1f} when it ended"  # beyond what the benchmark itself needs, others were at work
    return f"{cpu}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, {busy}"


def _commit() -> str:
    """The commit of the working tree, with `+` where the tree holds more than that."""
    try:
        head, changes = (
            subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
            for words in (("rev-parse", "--short", "HEAD"), ("status", "--porcelain", "--untracked-files=no"))
        )
    except (OSError, subprocess.CalledProcessError) as problem:
        sys.stderr.write(f"bench: no commit is known: {problem}\n")
        return "unknown"
    return head + ("+" if changes else "")
