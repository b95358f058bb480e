"""`./dev bench NAME [--quick] [--json FILE]`: runs one benchmark and writes down what it found.

A benchmark is a module with `run(*, quick: bool) -> Report`. `--quick` runs a small part of it, to see
that it works, and publishes nothing.
"""

import argparse
import sys
from importlib import import_module
from pathlib import Path

import msgspec

from benchmarks import report

BENCHMARKS = {
    "checkout": "benchmarks.checkout",
    "duplicates": "benchmarks.duplicates",
    "import": "benchmarks.importing",
    "relevance": "benchmarks.relevance.compare",
    "search": "benchmarks.search",
    "suggest": "benchmarks.suggest",
    "tracing": "benchmarks.tracing",
}


def main() -> int:
    """The exit code: 1 when a target was missed."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__, allow_abbrev=False)
    parser.add_argument("name", metavar="NAME", choices=sorted(BENCHMARKS), help="one of: %(choices)s")
    parser.add_argument("--quick", action="store_true", help="a small part, to see that it works")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was found there as well")
    arguments = parser.parse_args()

    found: report.Report = import_module(BENCHMARKS[arguments.name]).run(quick=arguments.quick)

    print(report.as_text(found))
    if arguments.json:
        arguments.json.write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    if not arguments.quick:
        report.write_page(found)
        report.write_readme(found)
    return 0 if all(target.met for target in found.targets) else 1


if __name__ == "__main__":
    sys.exit(main())
