"""A shop whose payments the sandbox takes."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Database
from highstreet.kit.settings import Settings
from tests.sandbox.shop import Shop, open_shop


@pytest.fixture
async def shop(settings: Settings, database: Database, clock: FixedClock, tmp_path: Path) -> AsyncGenerator[Shop]:
    async with open_shop(settings, database, clock, tmp_path) as opened:
        yield opened
