"""Rows of the database as the domain's types: a text that names a kind becomes the kind."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def row_of(kind: type[T]) -> Callable[..., T]:
    """What builds a struct of a row's columns."""

    def build(**columns: Any) -> T:  # noqa: ANN401 - columns, checked by the conversion
        return msgspec.convert(columns, kind)

    return build
