"""The first operator comes in by a link from the command line, and is listed."""

import asyncio
import json
import re
from pathlib import Path
from random import Random

from click.testing import CliRunner, Result

from highstreet.__main__ import group
from highstreet.kit.clock import SystemClock
from highstreet.kit.database import open_database
from highstreet.kit.errors import InvalidInput
from highstreet.kit.settings import Secret, Settings
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.logins import Visitor


def run(database_url: str, data_dir: Path, *arguments: str) -> Result:
    environ = {"HIGHSTREET_DATABASE_URL": database_url, "HIGHSTREET_ENV": "test", "HIGHSTREET_DATA_DIR": str(data_dir)}
    return CliRunner().invoke(group, ["operator", *arguments], env=environ)


def test_an_invited_operator_is_listed_once_they_came(database_url: str, tmp_path: Path) -> None:
    assert run(database_url, tmp_path, "list").output == "Nobody has a role here yet.\n"
    told = run(database_url, tmp_path, "invite", "ann@example.com")
    link = re.fullmatch(r"http://127\.0\.0\.1:8000/account/invite\?token=([\w-]+)\n", told.output)
    assert link

    async def accept() -> None:
        keyring = identity.keyring_of(Settings(data_dir=tmp_path), Secret("x" * 32))
        async with open_database(database_url, SystemClock(), Random(3)) as database:
            await identity.accept_invite(database, keyring, link[1], Visitor("Firefox", "192.0.2.1"))

    asyncio.run(accept())
    (operator,) = json.loads(run(database_url, tmp_path, "list", "--json").output)["operators"]
    assert (operator["email"], operator["role"], operator["state"]) == (
        "ann@example.com",
        "operator_admin",
        "registered",
    )


def test_a_role_or_an_address_that_cannot_be_is_refused(database_url: str, tmp_path: Path) -> None:
    assert run(database_url, tmp_path, "invite", "ann@example.com", "--role=merchant_owner").exit_code == 2
    assert isinstance(run(database_url, tmp_path, "invite", "ann").exception, InvalidInput)
