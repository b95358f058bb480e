"""A password is long, has not leaked, is not guessed soon, and is kept by today's parameters."""

import hashlib
from pathlib import Path

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from highstreet.kit.errors import InvalidInput
from highstreet.market.identity.service import Keyring
from highstreet.market.identity.usecases import passwords
from highstreet.market.identity.usecases.breached import lookup
from tests.market.identity.conftest import LONG

WEAK = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)


async def test_a_password_is_kept_as_argon2id_with_what_owasp_asks_for() -> None:
    stored = await passwords.hashed(LONG)
    used = extract_parameters(stored)
    assert (used.type, used.memory_cost, used.time_cost, used.parallelism) == (Type.ID, 19_456, 2, 1)
    assert used.salt_len >= 16
    assert await passwords.is_right(stored, LONG)
    assert not await passwords.is_right(stored, LONG + " ")
    assert not await passwords.is_right(None, LONG)
    assert not await passwords.is_right("no hash", LONG)
    assert not passwords.is_outdated(stored)
    assert passwords.is_outdated(WEAK.hash(LONG))


async def test_the_same_characters_are_the_same_password_however_they_are_typed() -> None:
    stored = await passwords.hashed("ﬁve blue caf\u0065\u0301 chairs")
    assert await passwords.is_right(stored, "five blue caf\u00e9 chairs")


@pytest.mark.parametrize(
    ("password", "beside", "problem"),
    [
        ("short but odd!", False, "at least 15"),
        ("x7#kQ9", True, "at least 8"),
        ("a" * 257, False, "at most 256"),
        ("aaaaaaaaaaaaaaaaaaaa", False, "guessed"),
        ("password", True, "leaked"),
        ("PassWord", True, "leaked"),
        ("annlee annlee annlee", False, "guessed"),
        (LONG, False, None),
        ("x7#kQ9vW!m", True, None),
    ],
)
async def test_what_will_not_do_is_refused_with_a_reason(
    keyring: Keyring,
    password: str,
    *,
    beside: bool,
    problem: str | None,
) -> None:
    if problem is None:
        await passwords.check_new(keyring, password, ["annlee"], beside_second_factor=beside)
        return
    with pytest.raises(InvalidInput, match=problem):
        await passwords.check_new(keyring, password, ["annlee"], beside_second_factor=beside)


@pytest.mark.parametrize("counted", [False, True])
def test_an_operators_list_is_searched_where_it_lies(tmp_path: Path, *, counted: bool) -> None:
    leaked = [f"leaked number {number}" for number in range(0, 400, 2)]
    lines = sorted(hashlib.sha1(each.encode(), usedforsecurity=False).hexdigest().upper() for each in leaked)
    file = tmp_path / "leaked.txt"
    file.write_text("".join(f"{line}{':17' if counted else ''}\r\n" for line in lines))
    is_breached = lookup(file)
    assert all(is_breached(each) for each in leaked)
    assert not any(is_breached(f"leaked number {number}") for number in range(1, 400, 2))
    file.write_text("")
    assert not lookup(file)(leaked[0])
    assert lookup(None)("123456")
