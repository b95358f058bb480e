"""Areas that feeds name in another script than the places of the catalogue, each with the town that stands for it."""

from typing import Final

from highstreet.market.catalog.domain import prefectures
from highstreet.market.feeds.domain.mapping import Prefectures

PREFECTURES: Final[dict[Prefectures, dict[str, str]]] = {
    Prefectures.JAPAN: {
        each.native_name: f"{each.seat_name}, {each.code}, {prefectures.COUNTRY}" for each in prefectures.PREFECTURES
    }
}
"""The 47 prefectures of Japan by the seats of their governments."""
