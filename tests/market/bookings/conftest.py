"""A merchant whose option is booked, and somebody who edits its deals."""

from uuid import UUID

import msgspec
import pytest

from highstreet.kit.database import Actor, ActorKind, Database
from highstreet.market.catalog import service as catalog
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.accounts import to_address
from highstreet.market.identity.domain.roles import Role
from tests.market.catalog.conftest import Publish, World, administrator_here, publish, world

__all__ = ["administrator_here", "publish", "world"]


class Salon(msgspec.Struct, frozen=True):
    world: World
    option: UUID
    other_option: UUID
    guest: UUID
    manager: Actor


@pytest.fixture
async def salon(database: Database, world: World, publish: Publish) -> Salon:
    deal_id = await publish()
    async with database.system() as tx:
        [deal] = await catalog.published_deals(tx, [deal_id])
        guest = await identity.begin_guest(tx, "somebody@example.com", "en")
        manager = await identity.prove(tx, to_address("manager@example.com"), "en")
        await identity.grant(tx, manager.id, Role.MERCHANT_MANAGER, world.merchant)
    first, second = (option.id for option in deal.options)
    return Salon(world, first, second, guest.id, Actor(ActorKind.STAFF, manager.id))
