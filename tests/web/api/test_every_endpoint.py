"""Every endpoint of the served document, tried by everybody whom what is asked for does not concern.

The list comes from the document itself, so that an endpoint which is added is tried as well.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID, uuid5

import httpx
import msgspec
import pytest

from highstreet.discovery.search.service import Follower
from highstreet.kit.blobs import open_blobs
from highstreet.kit.clock import FixedClock
from highstreet.kit.database import Actor, ActorKind, Database
from highstreet.kit.errors import Forbidden
from highstreet.kit.settings import Settings
from highstreet.market.identity import service as identity
from highstreet.market.identity.domain.roles import Role
from highstreet.web.api.router import api_router
from highstreet.web.app import create_app
from highstreet.web.checkout import open_checkout
from highstreet.web.runtime import Runtime
from tests.market.orders.conftest import Offer, offer, paid, placed, wants
from tests.market.vouchers.conftest import Issue, Shop, administrator_here, issue, keys, publish, shop, world
from tests.web.api.test_vouchers import account, redeem, signed_in
from tests.web.serving import served

__all__ = ["administrator_here", "issue", "keys", "offer", "publish", "shop", "world"]

OWNER: Final = "the-owner-of-it-all@example.com"
CALLERS: Final[Mapping[str, tuple[Role, UUID | None] | None]] = {
    "nobody": None,
    "a stranger": None,
    "the owner of another merchant": (Role.MERCHANT_OWNER, UUID(int=99)),
    "a scanner of another merchant": (Role.MERCHANT_SCANNER, UUID(int=99)),
    "a partner": (Role.PARTNER, UUID(int=98)),
    "an editor of the house": (Role.OPERATOR_EDITOR, None),
}
RIGHTS: Final = frozenset({("an editor of the house", "makePromotion")})
"""Callers who may do what the others may not."""
PUBLIC: Final = frozenset({"makeQuote"})
"""Endpoints that know who asks and answer everybody."""
CLOSED: Final = ("capacity", "identity", "ledger", "orders", "payments", "settlement", "vouchers")
OPEN: Final = frozenset(
    {
        *(
            f"{schema}.allowed_transitions"
            for schema in ("capacity", "identity", "orders", "payments", "settlement", "vouchers")
        ),
        "identity.permissions",
        "identity.role_permissions",
        "identity.roles",
        "ledger.account_codes",
        "ledger.policies",
        "orders.stock",
        "orders.tipping",
    }
)
"""Tables in which nothing is anybody's."""
OF_OTHERS: Final = {"identity.accounts": "id <> kit.actor_id()", "identity.grants": "account_id <> kit.actor_id()"}
"""Of tables in which the callers have rows of their own, those of others."""


class Estate(msgspec.Struct, frozen=True, kw_only=True):
    """What is somebody's: ids by the name of the parameter that asks for it, and words that only they may read."""

    ids: Mapping[str, str]
    merchant: str
    location: str
    option: str
    code: str
    secrets: tuple[str, ...]


@pytest.fixture
def runtime(settings: Settings, database: Database, clock: FixedClock, rng: Random, tmp_path: Path) -> Runtime:
    """One that sells, whose index is never loaded: what is about the catalogue alone answers 503."""
    checkout = open_checkout(settings, database)
    return Runtime(
        settings, database, clock, Follower(database, tmp_path), rng, open_blobs(settings), checkout=checkout
    )


@pytest.fixture
async def url(runtime: Runtime) -> AsyncGenerator[str]:
    async with served(create_app(runtime, faces=[api_router()])) as address:
        yield address


@pytest.fixture
async def estate(runtime: Runtime, url: str, shop: Shop, issue: Issue, offer: Offer) -> Estate:
    owner_id, staff_id = await account(runtime, OWNER), await account(runtime, "staff-of-theirs@example.com")
    async with runtime.database.system() as tx:
        await identity.grant(tx, staff_id, Role.MERCHANT_OWNER, shop.world.merchant)
    deal = await offer(10)
    order = await paid(
        runtime.database,
        await placed(runtime.database, await wants(runtime.database, (deal.options[0], 2), account_id=owner_id)),
    )
    given = await issue(owner_account_id=owner_id)
    used = await issue(owner_account_id=owner_id)
    here = {"merchant_id": shop.world.merchant, "location_id": shop.world.loop}
    async with signed_in(runtime, url, owner_id) as owner, signed_in(runtime, url, staff_id) as staff:
        bought = (await owner.get(f"/orders/{order.id}")).json()["vouchers"]
        shown = (await owner.get(f"/vouchers/{bought[0]['id']}")).json()
        gift = (await owner.post(f"/vouchers/{given.id}/gift", json={"name": "A friend of the owner"})).json()
        code = (await owner.get(f"/vouchers/{used.id}")).json()["codes"]["bearer"]
        redemption = (await redeem(staff, "theirs", code=code, **here)).json()
        device = (
            await staff.post("/devices", json={"merchant_id": str(shop.world.merchant), "name": "Our till"})
        ).json()
        login = (await owner.get("/logins")).json()["logins"][0]["id"]
    ids = {
        "order_id": str(order.id),
        "voucher_id": bought[0]["id"],
        "gift_id": gift["id"],
        "redemption_id": redemption["id"],
        "device_id": device["device"]["id"],
        "login_id": login,
        "merchant_id": str(shop.world.merchant),
        "deal_id": str(deal.id),
    }
    secrets = (OWNER, "A friend of the owner", "Our till", shown["codes"]["bearer"], shown["codes"]["short"])
    return Estate(
        ids=ids,
        merchant=str(shop.world.merchant),
        location=str(shop.world.loop),
        option=str(deal.options[0]),
        code=shown["codes"]["bearer"],
        secrets=(*secrets, gift["token"], device["token"]),
    )


def _harm(estate: Estate) -> Mapping[str, object]:
    """What would do harm, by the operation that it is sent to: each is right but for who sends it."""
    here = {"merchant_id": estate.merchant, "location_id": estate.location}
    days = {"first_day": "2026-03-03", "last_day": "2026-03-03", "weekdays": [2], "times": ["10:00:00"]}
    validity = {"valid_from": "2026-03-01T00:00:00Z", "valid_until": "2026-04-01T00:00:00Z"}
    return {
        "addSlots": {**days, "location_id": estate.location, "option_id": estate.option, "length_minutes": 60}
        | {"capacity": 5},
        "book": {"voucher_id": estate.ids["voucher_id"], "slot_id": str(UUID(int=5))},
        "cancelOrder": {},
        "giveCredit": {
            "account_id": str(UUID(int=9)),
            "currency": "USD",
            "amount": 5,
            "origin": "goodwill",
            "reason": "a",
        },
        "giveVoucher": {},
        "inviteStaff": {"email": "one-of-us@example.com", "role": "merchant_manager", "merchant_id": estate.merchant},
        "makePromotion": {"code": "FREE", "title": "Free", "currency": "USD", "amount_minor": 50, **validity},
        "moveBooking": {"slot_id": str(UUID(int=5))},
        "pausePromotion": {},
        "redeem": {"code": estate.code, **here},
        "refundAnyOrder": {},
        "refundOrder": {},
        "registerDevice": {"merchant_id": estate.merchant, "name": "A till of ours"},
        "resumePromotion": {},
        "reverseRedemption": {"reason": "because"},
        "voidVoucher": {"reason": "because"},
        "resumeNearCapacity": {},
        "submitDeal": {"knowing": True},
        "stateCapacity": {"rooms": [], "served": [{"option_id": estate.option}]},
        "setPayee": {"schedule": "weekly", "destination": "a purse of ours"},
    }


OWN: Final = frozenset(
    {
        *(
            "addPasskey",
            "askForLink",
            "askForOwnPasskey",
            "askForPasskey",
            "askForReset",
            "beginAuthenticator",
            "beginGuest",
        ),
        *(
            "choosePassword",
            "claimGift",
            "confirmAuthenticator",
            "followLink",
            "makeKey",
            "makeQuote",
            "makeRecoveryCodes",
        ),
        *(
            "offerPasskey",
            "placeOrder",
            "resetPassword",
            "showSecondFactor",
            "signIn",
            "signInByPasskey",
            "stepUpByCode",
        ),
        *("stepUpByPasskey", "syncRedemptions"),
    }
)
"""Operations that are about whoever sends them, or show a secret of their own; here with nothing in them."""
ENDING: Final = frozenset({"signOut", "endOtherLogins"})
"""These end the login with which the rest is tried."""
REFUSED: Final = frozenset({401, 403, 404, 409})


def _address(path: str, parameters: list[dict[str, Any]], estate: Estate) -> tuple[str, dict[str, str]]:
    """The address with somebody else's ids, and those of another's that queries ask for."""
    query: dict[str, str] = {}
    for each in parameters:
        name = each["name"]
        known = estate.ids.get(name, {"currency": "USD", "code": "merchant_payable"}.get(name))
        if each["in"] == "path":
            path = path.replace(f"{{{name}}}", known or str(uuid5(UUID(int=7), name)))
        elif each.get("required") or name in {"merchant_id", "party_id"}:
            query[name] = known or estate.merchant
    return path.removeprefix("/api/v1"), query


async def test_nobody_reaches_what_does_not_concern_them(
    runtime: Runtime, url: str, estate: Estate, database: Database
) -> None:
    async with AsyncExitStack() as stack:
        callers: dict[str, httpx.AsyncClient] = {}
        for number, (name, role) in enumerate(CALLERS.items()):
            caller_id = await account(runtime, f"caller-{number}@example.com")
            if role is not None:
                async with runtime.database.system() as tx:
                    await identity.grant(tx, caller_id, *role)
            callers[name] = await stack.enter_async_context(signed_in(runtime, url, caller_id))
        callers["nobody"].cookies.clear()
        document = (await callers["nobody"].get("/openapi.json")).json()
        harm, wrong, tried = _harm(estate), list[str](), 0
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                operation_id, asks = operation["operationId"], operation.get("security") is not None
                if operation_id in ENDING:
                    continue
                assert method in {"get", "delete"} or operation_id in harm or operation_id in OWN, operation_id
                address, query = _address(path, operation.get("parameters", []), estate)
                body = harm.get(operation_id, {})
                for name, client in callers.items():
                    tried += 1
                    sent: dict[str, Any] = {} if method in {"get", "delete"} else {"json": body}
                    headers = {"idempotency-key": f"{tried}"}
                    answer = await client.request(method, address, params=query, headers=headers, **sent)
                    told = [secret for secret in estate.secrets if secret in answer.text and secret not in str(body)]
                    ours = (operation_id in harm or (asks and "{" in path)) and (name, operation_id) not in RIGHTS
                    needless = name == "nobody" and asks and operation_id not in PUBLIC and answer.status_code < 400
                    broken = answer.status_code >= (500 if asks else 504)  # without an index, the catalogue says 503
                    if told or needless or broken or (ours and answer.status_code not in REFUSED):
                        wrong.append(f"{name}: {method} {address} -> {answer.status_code} {told} {answer.text[:200]}")
        assert not wrong, "\n".join(wrong)
        assert tried > 300
    await _is_as_it_was(database, estate)


async def _is_as_it_was(database: Database, estate: Estate) -> None:
    async with database.system() as tx:
        states = await tx.fetch_one(
            dict[str, object],
            """
            SELECT
                (SELECT state FROM vouchers.vouchers WHERE id = %(voucher_id)s) AS voucher,
                (SELECT state FROM orders.orders WHERE id = %(order_id)s) AS order,
                (SELECT count(*) FROM vouchers.devices WHERE id = %(device_id)s AND revoked_at IS NULL) AS devices,
                (SELECT count(*) FROM vouchers.gifts WHERE id = %(gift_id)s) AS gifts
            """,
            estate.ids,
        )
    assert states == {"voucher": "issued", "order": "paid", "devices": 1, "gifts": 1}


async def test_a_careless_query_shows_nobody_what_is_anothers(
    database: Database, runtime: Runtime, estate: Estate
) -> None:
    """A handler that forgets every WHERE: the policies of the tables are all that is left."""
    assert estate
    stranger, rival = await account(runtime, "careless@example.com"), await account(runtime, "rival@example.com")
    async with database.system() as tx:
        await identity.grant(tx, rival, Role.MERCHANT_OWNER, UUID(int=99))
        tables = await tx.fetch_all(
            dict[str, str],
            "SELECT schemaname, tablename FROM pg_catalog.pg_tables WHERE schemaname = ANY(%s)",
            [list(CLOSED)],
        )
    names = {f"{each['schemaname']}.{each['tablename']}" for each in tables}
    assert names > OPEN
    shown: list[str] = []
    for name in sorted(names - OPEN):
        for actor in (
            Actor(ActorKind.VISITOR),
            Actor(ActorKind.SHOPPER, stranger),
            Actor(ActorKind.STAFF, rival),
            Actor(ActorKind.PARTNER, stranger),
        ):
            others = OF_OTHERS.get(name, "true")
            with suppress(Forbidden):  # where the table may not be read at all
                async with database.transaction(actor) as tx:
                    rows = await tx.execute(f"SELECT FROM {name} WHERE {others} LIMIT 1")  # pyright: ignore[reportArgumentType] -- asks the database about itself
                shown += [f"{name} to {actor.kind}"] if rows else []
    assert not shown
