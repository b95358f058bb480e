"""One street for all tests of this folder: they only read."""

from collections.abc import Generator

import httpx
import psycopg
import pytest

from highstreet.kit.postgres.server import EmbeddedPostgres
from tests.web.storefront.street import Street, open_street


@pytest.fixture(scope="session")
def street(postgres: EmbeddedPostgres, administrator: psycopg.Connection, migrated_template: str) -> Generator[Street]:
    with open_street("street", postgres, administrator, migrated_template) as opened:
        yield opened


@pytest.fixture
def visitor(street: Street) -> Generator[httpx.Client]:
    """A browser without JavaScript that follows no redirect by itself and keeps cookies."""
    with httpx.Client(base_url=street.url, headers={"accept": "text/html"}) as client:
        yield client
