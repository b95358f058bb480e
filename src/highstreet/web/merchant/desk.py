"""Whose pages these are: which merchant, who of its staff, in which language, and what they may do there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from highstreet.kit.errors import Forbidden
from highstreet.market.catalog import service as catalog
from highstreet.market.catalog.domain.adoption import MerchantLocation
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.roles import Permission
from highstreet.web.addresses import with_query
from highstreet.web.answers import Answer
from highstreet.web.person import Person, private_page

_ASKED_FOR: Final = (Permission.VOUCHERS_REDEEM, Permission.DEALS_EDIT, Permission.STATEMENTS_READ)


@dataclass(frozen=True, slots=True)
class Desk:
    """A person at work for a merchant."""

    person: Person
    merchant_id: UUID
    merchant_name: str
    rights: frozenset[Permission]
    locations: tuple[MerchantLocation, ...]
    nonce: str
    """A new one for each page: whatever form of it is sent, it is done once."""

    def path(self, rest: str = "", **params: str) -> str:
        """The address of one of the merchant's pages, as this person reads it."""
        return self.person.language.localized(with_query(f"/merchant/{self.merchant_id}{rest}", params))

    def location(self, text: str) -> MerchantLocation | None:
        """The location that a form or an address names; the only one where there is no other."""
        if len(self.locations) == 1:
            return self.locations[0]
        return next((each for each in self.locations if str(each.id) == text), None)


async def desk_of(person: Person, merchant_id: UUID, needed: Permission | None = None) -> Desk:
    """Raises Forbidden for who does not work for the merchant, or not at that."""
    async with person.runtime.database.transaction(person.actor) as tx:
        rights = frozenset([each for each in _ASKED_FOR if await identity.may(tx, each, merchant_id)])
        nonce = str(tx.new_id())
    if not rights or (needed and needed not in rights):
        raise Forbidden("Your account may not do this")
    async with person.runtime.database.system() as tx:
        name = await catalog.merchant_name(tx, merchant_id)
        locations = await catalog.merchant_locations(tx, str(merchant_id))
    return Desk(person, merchant_id, name or "", rights, tuple(locations), nonce)


def page(
    person: Person,
    template: str,
    title: str,
    context: Mapping[str, object],
    *,
    desk: Desk | None = None,
    status: int = 200,
    camera: bool = False,
) -> Answer:
    """A whole page of a merchant's, or before one was chosen."""
    rights = desk.rights if desk else frozenset[Permission]()
    within: dict[str, object] = {"desk": desk, "rights": rights, **context}
    return private_page(person, template, title, within, status=status, camera=camera)
