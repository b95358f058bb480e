"""The parameters of an address are read as everybody's library reads them, though most of them are read quicker."""

from typing import Any
from urllib.parse import parse_qsl

from hypothesis import example, given
from hypothesis import strategies as st
from litestar import Request

from highstreet.web.parameters import query_pairs


@given(st.text(st.sampled_from("ab=&;+%2é #"), max_size=12))
@example("=")
@example("q=%FF&q=a+b&&limit=2")
def test_names_and_values_are_those_of_the_library(text: str) -> None:
    scope: Any = {"type": "http", "query_string": text.encode("latin-1"), "state": {}}
    request: Request[Any, Any, Any] = Request(scope)
    assert query_pairs(request) == parse_qsl(text, keep_blank_values=True)
