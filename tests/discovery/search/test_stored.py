"""A deal comes out of a segment as it went in."""

import types
import typing
from datetime import UTC, datetime, time
from enum import Enum
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from highstreet.discovery.search.index import stored
from highstreet.market.catalog.domain.deals import DealPoint, Option, PublishedDeal

_LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    bytes: st.binary(max_size=32),
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False),
    bool: st.booleans(),
    UUID: st.uuids(),
    datetime: st.datetimes(timezones=st.just(UTC)),
    time: st.times(),
    types.NoneType: st.none(),
}


def _values(kind: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 -- any annotation of a field
    """Values of an annotation: of every field that a deal has, also of those that are added later."""
    if kind in _LEAVES:
        return _LEAVES[kind]
    if typing.get_origin(kind) is tuple:
        return st.lists(_values(typing.get_args(kind)[0]), max_size=3).map(tuple)
    if typing.get_args(kind):
        return st.one_of([_values(each) for each in typing.get_args(kind)])
    if issubclass(kind, Enum):
        return st.sampled_from(kind)
    return st.builds(kind, **{field.name: _values(field.type) for field in msgspec.structs.fields(kind)})


@given(_values(PublishedDeal))
def test_a_deal_comes_out_as_it_went_in(deal: PublishedDeal) -> None:
    unpacked = stored.unpack(stored.pack(deal))
    assert unpacked == deal
    assert {type(point) for point in unpacked.points} <= {DealPoint}, "kinds of the segment stay inside it"
    assert {type(option) for option in unpacked.options} <= {Option}
    assert msgspec.json.encode(unpacked) == msgspec.json.encode(deal)


@given(_values(PublishedDeal))
def test_what_is_kept_of_a_deal_is_smaller_than_its_json(deal: PublishedDeal) -> None:
    assert len(stored.pack(deal)) < len(msgspec.json.encode(deal)) - 300
