"""Two import contracts that import-linter does not come with: the doors of features, and purity.

Named in `[tool.importlinter]` of pyproject.toml as contract types, and run by `lint-imports`.
"""

import fnmatch
from collections.abc import Iterator
from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

_DOORS = frozenset({"service", "domain"})


class DoorsContract(Contract):
    """Whoever stands outside a feature imports its `service` and its `domain`, and nothing else of it.

    `wings` are the packages whose children are features. The modules in `wiring` may import `jobs` and `checks` too,
    because somebody has to tell the worker what to run and the doctor what to ask.
    """

    type_name = "doors"

    wings = fields.ListField(subfield=fields.StringField())
    wiring = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002, FBT001 - import-linter's signature
        found = [
            _line(graph, importer, imported)
            for importer, imported in _imports(graph)
            if self._enters_by_no_door(importer, imported)
        ]
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        _render(check)

    def _enters_by_no_door(self, importer: str, imported: str) -> bool:
        for wing in _strings(self.wings):
            prefix = f"{wing}."
            if not imported.startswith(prefix):
                continue
            feature, *inside = imported.removeprefix(prefix).split(".")
            if _within(importer, prefix + feature) or not inside:
                return False
            wired = any(_within(importer, each) for each in _strings(self.wiring))
            return inside[0] not in (_DOORS | {"jobs", "checks"} if wired else _DOORS)
        return False


class PureContract(Contract):
    """The modules that match `pure` import only what matches `allowed`, and one another.

    Both are patterns of module names; each stands for the package below it too. A list of what is allowed, unlike one
    of what is forbidden, does not forget the framework that nobody had heard of when it was written.
    """

    type_name = "pure"

    pure = fields.ListField(subfield=fields.StringField())
    allowed = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002, FBT001 - import-linter's signature
        pure, allowed = _strings(self.pure), _strings(self.allowed)
        found = [
            _line(graph, importer, imported)
            for importer, imported in _imports(graph)
            if _matches(importer, pure) and not _matches(imported, (*pure, *allowed))
        ]
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        _render(check)


def _imports(graph: ImportGraph) -> Iterator[tuple[str, str]]:
    """Every import that stands in the code, as importer and imported."""
    for importer in sorted(graph.modules):
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            yield importer, imported


def _matches(module: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(module, each) or fnmatch.fnmatchcase(module, f"{each}.*") for each in patterns)


def _within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _strings(field: object) -> tuple[str, ...]:
    """import-linter declares a contract's options as fields and puts the parsed values in their place."""
    return tuple(str(each) for each in cast("list[object]", field))


def _line(graph: ImportGraph, importer: str, imported: str) -> str:
    lines = [str(each["line_number"]) for each in graph.get_import_details(importer=importer, imported=imported)]
    return f"{importer} -> {imported} (l.{', l.'.join(lines)})"


def _render(check: ContractCheck) -> None:
    for each in check.metadata["found"]:
        output.print_error(f"- {each}", bold=False)
    output.new_line()
