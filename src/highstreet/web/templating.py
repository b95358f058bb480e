"""Jinja templates, one environment a language, so that a template says `_("Deals")` and `price | money(currency)`."""

import re
from collections.abc import Callable, Mapping, MutableMapping
from functools import cache, partial
from gettext import NullTranslations
from itertools import groupby
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from highstreet.web import i18n
from highstreet.web.assets import load_assets
from highstreet.web.i18n import Language

EXTENSIONS = ("jinja2.ext.i18n",)
TRIM_BLOCKS = True
"""Shared with the extraction of messages, which must read the templates as they are rendered."""


_SPECIAL = re.compile("[&<>'\"]")


def escaped(value: object) -> str:
    """What a page shows of a value: as `escape` has it, three times as fast for most."""
    if type(value) is Markup or (type(value) is str and not _SPECIAL.search(value)):
        return value
    return escape(value)


_DECLARATIONS: Final = (nodes.Extends, nodes.Import, nodes.FromImport, nodes.Macro, nodes.Assign)
"""What must stay at the top of a template, for others to see."""


class _Prepared(NodeTransformer):
    """A template as it is compiled: translated, and put together block by block.

    Translated is every text without variables, which is nearly all. What is not put together is passed up, piece by
    piece, through all templates that extend one another.
    """

    def __init__(self, translations: NullTranslations) -> None:
        self._translations = translations

    def visit_Template(self, node: nodes.Template) -> nodes.Node:  # noqa: N802 -- Jinja finds it by this name
        self.generic_visit(node)
        if not any(isinstance(each, nodes.Extends) for each in node.body):
            runs = groupby(node.body, lambda each: isinstance(each, _DECLARATIONS))
            node.body = [each for declares, run in runs for each in (run if declares else [_together(list(run))])]
        return node

    def visit_Block(self, node: nodes.Block) -> nodes.Node:  # noqa: N802 -- as above
        self.generic_visit(node)
        node.body = [_together(node.body)]
        return node

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 -- Jinja finds it by this name
        asked, called = node.args, node.node
        if isinstance(called, nodes.Name) and called.name == "_" and not node.kwargs and len(asked) == 1:
            (message,) = asked
            if isinstance(message, nodes.Const):
                text = Markup(self._translations.gettext(message.value)) % {}  # noqa: S704 -- our own words
                return nodes.MarkSafe(nodes.Const(str(text)), lineno=node.lineno)
        return self.generic_visit(node)


def _together(body: list[nodes.Node]) -> nodes.Node:
    """The same as one piece of text: what passes a filter is collected first."""
    line = body[0].lineno if body else 0
    return nodes.FilterBlock(body, nodes.Filter(None, "string", [], [], None, None, lineno=line), lineno=line)


class _Writer(CodeGenerator):
    """Writes out values through `escaped`, which makes no new object of what has nothing to escape.

    `a.b` is an attribute, as in Python, and never an item: to look for both takes longer than most of what is shown.
    """

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802 -- Jinja finds it by this name
        self.write("(")
        self.visit(node.node, frame)
        self.write(f").{node.attr}")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile:
            self.write("environment.escaped(")
        else:
            super()._output_child_pre(node, frame, finalize)


class _Translated(Environment):
    """An environment of one language: what it compiles holds that language's words as constants."""

    code_generator_class = _Writer
    escaped = staticmethod(escaped)
    translations = NullTranslations()

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The environment's own names for every template: a layer over them for each takes a third of a page's time."""
        assert not d, "names for a template alone are given when it is rendered"
        return self.globals

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,  # noqa: FBT001, FBT002 -- as Jinja declares it
    ) -> str:
        """Jinja's hook between parsing a template and writing the program that renders it."""
        prepared = _Prepared(self.translations).visit(source)
        return super()._generate(prepared, name, filename, defer_init=defer_init)


@cache
def environment(language: Language) -> Environment:
    """The environment in which every template of a language is rendered. Built once a process and language."""
    built = _Translated(
        loader=PackageLoader("highstreet.web"),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        extensions=list(EXTENSIONS),
        trim_blocks=TRIM_BLOCKS,
        lstrip_blocks=TRIM_BLOCKS,
    )
    built.translations = language.translations
    # The extension adds this method to the environment that it is given.
    install: Callable[..., None] = getattr(built, "install_gettext_callables")  # noqa: B009 -- unknown to type checkers
    install(language.translations.gettext, language.translations.ngettext, newstyle=True)
    filters: dict[str, Any] = built.filters
    filters.update(_filters(language))
    names: dict[str, Any] = built.globals
    names.update(
        language=language,
        languages=i18n.languages(),
        assets={name: asset.url for name, asset in load_assets().items()},
    )
    return built


def render(language: Language, template: str, context: Mapping[str, object]) -> str:
    return environment(language).get_template(template).render(context)


def _filters(language: Language) -> dict[str, Callable[..., str]]:
    plain = (i18n.number, i18n.percent, i18n.date, i18n.last_day, i18n.money, i18n.distance)
    return {function.__name__: partial(function, language) for function in plain} | {"localized": language.localized}
