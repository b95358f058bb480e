"""Whose pages these are: which operator, what they may do here, and in which language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from highstreet.kit.errors import Forbidden, HighstreetError, InvalidInput
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.roles import Permission
from highstreet.web.addresses import with_query
from highstreet.web.answers import Answer
from highstreet.web.i18n import Language
from highstreet.web.person import Person, private_page

_ASKED_FOR: Final = (
    Permission.ACCOUNTS_MANAGE,
    Permission.DEALS_REVIEW,
    Permission.LEDGER_READ,
    Permission.ORDERS_READ,
    Permission.ORDERS_REFUND,
    Permission.PAYOUTS_EDIT,
    Permission.VOUCHERS_READ,
)


@dataclass(frozen=True, slots=True)
class Office:
    """An operator at work."""

    person: Person
    rights: frozenset[Permission]

    @property
    def language(self) -> Language:
        return self.person.language

    def path(self, rest: str = "", **params: str) -> str:
        """The address of one of these pages, as this person reads it; parameters without a value are left out."""
        given = {name: value for name, value in params.items() if value}
        return self.language.localized(with_query(f"/operator{rest}", given))


async def office_of(person: Person, needed: Permission | None = None) -> Office:
    """Raises Forbidden for who does not work here, or not at that."""
    async with person.runtime.database.transaction(person.actor) as tx:
        rights = frozenset([each for each in _ASKED_FOR if await identity.may(tx, each)])
    if not rights or (needed and needed not in rights):
        raise Forbidden("Your account may not do this")
    return Office(person, rights)


def page(office: Office, template: str, title: str, context: Mapping[str, object], *, status: int = 200) -> Answer:
    within: dict[str, object] = {"office": office, "rights": office.rights, **context}
    return private_page(office.person, template, title, within, status=status)


def told(problem: HighstreetError) -> str:
    """A refusal as a page says it."""
    return " ".join(each.message for each in problem.problems) if isinstance(problem, InvalidInput) else str(problem)


def id_in(params: Mapping[str, str], name: str) -> UUID | None:
    """None where nothing is named. Raises InvalidInput for what is no id."""
    text = params.get(name)
    try:
        return UUID(text) if text else None
    except ValueError:
        raise InvalidInput.at(name, "is not the id of anything here") from None
