"""The proofs of `./dev prove`, small, and that they would notice: two web processes before a database of the tests."""

from collections import Counter
from collections.abc import AsyncGenerator

import pytest

from tests.proofs import keys, rush
from tests.proofs.counting import Broken, check_rules, expect
from tests.proofs.house import open_house
from tests.proofs.street import Street, open_street


@pytest.fixture
async def street(database_url: str) -> AsyncGenerator[Street]:
    async with open_house(database_url=database_url) as opened:
        yield await open_street(opened)


async def test_a_rush_sells_what_there_is_and_a_key_outlives_its_process(street: Street) -> None:
    people = await street.people(300)
    told = await rush.run(street, people, 1, 64, rush.Asked(buyers=300, units=30))
    assert "30 held, 270 told that none is left; 27 paid, 3 expired" in told
    told = await keys.run(street, people, 1)
    assert "after SIGKILL the same; of 64 at once one was bad (409) and 63 were ordered" in told
    async with street.database.system() as tx:
        await tx.execute("UPDATE orders.orders SET state = 'expired' WHERE state = 'held' AND due_minor > 0")
    with pytest.raises(Broken, match="stock says what orders say"):
        await check_rules(street.database)


def test_what_is_expected_is_compared() -> None:
    expect("answers", Counter({201: 2}), Counter({201: 2}))
    with pytest.raises(Broken, match="answers: expected"):
        expect("answers", Counter({201: 3}), Counter({201: 2}))
