"""Something that answers as Stripe's API does, over HTTP, as far as we ask it.

It refuses what Stripe documents as refused: a missing or foreign key, a parameter that it does not know or misses, a
key of idempotency that comes again with other parameters, and a step that the object's state does not allow.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from litestar import HttpMethod, Litestar, Request, Response
from litestar.handlers import HTTPRouteHandler

KEY = "sk_test_of_the_fake"
JSON = dict[str, Any]

_PARAMETERS: dict[str, tuple[set[str], set[str]]] = {
    # what is taken, and of that what has to be there
    "POST /v1/checkout/sessions": (
        {
            "mode",
            "client_reference_id",
            "line_items",
            "metadata",
            "payment_intent_data",
            "success_url",
            "cancel_url",
            "locale",
            "expires_at",
        },
        {"mode", "line_items", "success_url"},
    ),
    "POST /v1/refunds": ({"payment_intent", "amount", "metadata"}, {"payment_intent"}),
    "GET /v1/refunds": ({"payment_intent", "limit"}, set()),
    "GET /v1/disputes": ({"payment_intent", "limit"}, set()),
    "GET /v1/balance_transactions": ({"created", "limit", "expand", "starting_after"}, set()),
    "GET /v1/payment_intents/ID": ({"expand"}, set()),
    "POST /v1/accounts": (
        {"type", "country", "default_currency", "capabilities", "metadata", "email"},
        {"type", "country"},
    ),
    "POST /v1/account_links": (
        {"account", "refresh_url", "return_url", "type"},
        {"account", "refresh_url", "return_url", "type"},
    ),
    "POST /v1/transfers": ({"amount", "currency", "destination", "metadata"}, {"amount", "currency", "destination"}),
}


class Refusal(Exception):
    """An answer in Stripe's shape of errors."""

    def __init__(self, status: int, message: str, **more: str) -> None:
        super().__init__(message)
        self.status = status
        self.content = {"error": {"type": "invalid_request_error", "message": message, **more}}


@dataclass
class FakeStripe:
    """`now` is its own clock, in seconds. `failures` are statuses that it answers with next.

    `returns` are the addresses to which the page of a session leads back.
    """

    now: int
    sessions: dict[str, JSON] = field(default_factory=dict[str, JSON])
    intents: dict[str, JSON] = field(default_factory=dict[str, JSON])
    refunds: dict[str, JSON] = field(default_factory=dict[str, JSON])
    disputes: dict[str, JSON] = field(default_factory=dict[str, JSON])
    accounts: dict[str, JSON] = field(default_factory=dict[str, JSON])
    transfers: dict[str, JSON] = field(default_factory=dict[str, JSON])
    movements: list[JSON] = field(default_factory=list[JSON])
    events: list[JSON] = field(default_factory=list[JSON])
    asked: list[str] = field(default_factory=list[str])
    failures: list[int] = field(default_factory=list[int])
    returns: dict[str, str] = field(default_factory=dict[str, str])
    answered: dict[str, tuple[JSON, JSON]] = field(default_factory=dict[str, tuple[JSON, JSON]])
    count: int = 0

    def name(self, kind: str) -> str:
        self.count += 1
        return f"{kind}_test_{self.count:04d}"

    def tell(self, kind: str, content: JSON) -> None:
        """Note an event, its object as it is at this moment."""
        snapshot = msgspec.json.decode(msgspec.json.encode(content))
        self.events.append(
            {
                "id": self.name("evt"),
                "object": "event",
                "type": kind,
                "created": self.now,
                "data": {"object": snapshot},
            }
        )

    def pay(self, session_id: str) -> JSON:
        """A shopper pays on the page."""
        session = self.sessions[session_id]
        data = session.pop("payment_intent_data")
        manual = data.get("capture_method") == "manual"
        intent: JSON = {
            "id": self.name("pi"),
            "object": "payment_intent",
            "status": "requires_capture" if manual else "succeeded",
            "amount": session["amount_total"],
            "amount_received": 0 if manual else session["amount_total"],
            "currency": session["currency"],
            "metadata": data.get("metadata", {}),
            "latest_charge": self.name("ch"),
        }
        self.intents[intent["id"]] = intent
        session.update(
            status="complete",
            payment_intent=intent["id"],
            payment_status="unpaid" if manual else "paid",
            url=None,
        )
        if manual:
            self.tell("payment_intent.amount_capturable_updated", intent)
        else:
            self._captured(intent)
        self.tell("checkout.session.completed", session)
        return intent

    def dispute(self, intent_id: str) -> JSON:
        intent = self.intents[intent_id]
        dispute: JSON = {
            "id": self.name("du"),
            "object": "dispute",
            "amount": intent["amount"],
            "currency": intent["currency"],
            "reason": "fraudulent",
            "status": "needs_response",
            "payment_intent": intent_id,
            "evidence_details": {"due_by": self.now + 86400},
        }
        self.disputes[dispute["id"]] = dispute
        self._move("adjustment", "dispute", -intent["amount"], 1500, intent, dispute["id"])
        self.tell("charge.dispute.created", dispute)
        return dispute

    def expire(self, session_id: str) -> None:
        self.sessions[session_id].update(status="expired", url=None)
        self.tell("checkout.session.expired", self.sessions[session_id])

    def _captured(self, intent: JSON) -> None:
        intent.update(status="succeeded", amount_received=intent["amount"])
        self._move("charge", "charge", intent["amount"], 75, intent, intent["latest_charge"])
        self.tell("payment_intent.succeeded", intent)

    def _move(self, kind: str, category: str, amount: int, fee: int, intent: JSON | None, source: str) -> None:
        movement: JSON = {
            "id": self.name("txn"),
            "object": "balance_transaction",
            "type": kind,
            "reporting_category": category,
            "amount": amount,
            "fee": fee,
            "net": amount - fee,
            "currency": intent["currency"] if intent else "eur",
            "created": self.now,
            "source": {"id": source, "payment_intent": intent["id"] if intent else None},
        }
        self.movements.append(movement)

    # What is asked over HTTP ----------------------------------------------------------------------------------------

    def answer(self, method: str, path: str, given: JSON) -> JSON:
        shape = f"{method} {re.sub(r'/(cs|pi|re|acct)_[^/]+', '/ID', path)}"
        taken, needed = _PARAMETERS.get(shape, (set[str](), set[str]()))
        if unknown := given.keys() - taken:
            raise Refusal(400, f"Received unknown parameter: {min(unknown)}", code="parameter_unknown")
        if missing := needed - given.keys():
            raise Refusal(400, f"Missing required param: {min(missing)}.", code="parameter_missing")
        if shape not in _DOORS:
            raise Refusal(404, f"Unrecognized request URL ({method}: {path})")
        return _DOORS[shape](self, path.split("/"), given)

    def make_session(self, _path: list[str], given: JSON) -> JSON:
        price = given["line_items"]["0"]["price_data"]
        expires_at = int(given.get("expires_at", self.now + 86400))
        if not self.now + 1800 <= expires_at <= self.now + 86400:
            raise Refusal(400, "The `expires_at` timestamp must be between 30 minutes and 24 hours from creation.")
        session: JSON = {
            "id": self.name("cs"),
            "object": "checkout.session",
            "status": "open",
            "payment_status": "unpaid",
            "amount_total": int(price["unit_amount"]) * int(given["line_items"]["0"]["quantity"]),
            "currency": price["currency"],
            "payment_intent": None,
            "payment_intent_data": given.get("payment_intent_data", {}),
            "metadata": given.get("metadata", {}),
            "expires_at": expires_at,
        }
        session["url"] = f"https://checkout.stripe.com/c/pay/{session['id']}"
        self.sessions[session["id"]] = session
        self.returns[session["id"]] = given["success_url"]
        return session

    def show_session(self, path: list[str], _given: JSON) -> JSON:
        return self._one(self.sessions, path[4])

    def expire_session(self, path: list[str], _given: JSON) -> JSON:
        session = self._one(self.sessions, path[4])
        if session["status"] != "open":
            raise Refusal(400, "Only Checkout Sessions with a status of `open` can be expired.")
        self.expire(session["id"])
        return session

    def show_intent(self, path: list[str], given: JSON) -> JSON:
        intent = self._one(self.intents, path[3])
        if "latest_charge.balance_transaction" not in given.get("expand", {}).values():
            return intent
        moved = next((m for m in self.movements if m["source"]["id"] == intent["latest_charge"]), None)
        charge = {"id": intent["latest_charge"], "object": "charge", "balance_transaction": moved}
        return {**intent, "latest_charge": charge}

    def capture_intent(self, path: list[str], _given: JSON) -> JSON:
        intent = self._one(self.intents, path[3])
        if intent["status"] != "requires_capture":
            raise Refusal(
                400, f"This PaymentIntent could not be captured because it has a status of {intent['status']}."
            )
        self._captured(intent)
        return intent

    def cancel_intent(self, path: list[str], _given: JSON) -> JSON:
        intent = self._one(self.intents, path[3])
        if intent["status"] in {"succeeded", "canceled"}:
            raise Refusal(400, f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}.")
        intent["status"] = "canceled"
        self.tell("payment_intent.canceled", intent)
        return intent

    def make_refund(self, _path: list[str], given: JSON) -> JSON:
        intent = self._one(self.intents, given["payment_intent"])
        amount = int(given.get("amount", intent["amount"]))
        before = sum(each["amount"] for each in self.refunds.values() if each["payment_intent"] == intent["id"])
        if intent["status"] != "succeeded" or before + amount > intent["amount"]:
            raise Refusal(
                400, "Refund amount is greater than unrefunded amount on charge", code="charge_already_refunded"
            )
        refund: JSON = {
            "id": self.name("re"),
            "object": "refund",
            "amount": amount,
            "currency": intent["currency"],
            "status": "succeeded",
            "payment_intent": intent["id"],
            "metadata": given.get("metadata", {}),
        }
        self.refunds[refund["id"]] = refund
        self._move("refund", "refund", -amount, 0, intent, refund["id"])
        self.tell("refund.created", refund)
        return refund

    def list_refunds(self, _path: list[str], given: JSON) -> JSON:
        return _listed([r for r in self.refunds.values() if r["payment_intent"] == given["payment_intent"]])

    def list_disputes(self, _path: list[str], given: JSON) -> JSON:
        return _listed([d for d in self.disputes.values() if d["payment_intent"] == given["payment_intent"]])

    def list_movements(self, _path: list[str], given: JSON) -> JSON:
        since, until = int(given["created"]["gte"]), int(given["created"]["lt"])
        found = [each for each in reversed(self.movements) if since <= each["created"] < until]
        if after := given.get("starting_after"):
            found = found[[each["id"] for each in found].index(after) + 1 :]
        return _listed(found[: int(given["limit"])])

    def make_account(self, _path: list[str], given: JSON) -> JSON:
        account: JSON = {
            "id": self.name("acct"),
            "object": "account",
            "country": given["country"],
            "details_submitted": False,
            "payouts_enabled": False,
            "capabilities": {"transfers": "inactive"},
            "requirements": {"currently_due": ["external_account"]},
        }
        self.accounts[account["id"]] = account
        return account

    def show_account(self, path: list[str], _given: JSON) -> JSON:
        return self._one(self.accounts, path[3])

    def make_link(self, _path: list[str], given: JSON) -> JSON:
        account = self._one(self.accounts, given["account"])
        return {"object": "account_link", "url": f"https://connect.stripe.com/setup/{account['id']}"}

    def make_transfer(self, _path: list[str], given: JSON) -> JSON:
        account = self._one(self.accounts, given["destination"])
        if account["capabilities"]["transfers"] != "active":
            raise Refusal(400, "Your destination account needs to have at least the transfers capability enabled")
        transfer: JSON = {"id": self.name("tr"), "object": "transfer", "amount": int(given["amount"])}
        self.transfers[transfer["id"]] = transfer
        return transfer

    def show_balance(self, _path: list[str], _given: JSON) -> JSON:
        return {"object": "balance", "available": []}

    def _one(self, among: dict[str, JSON], name: str) -> JSON:
        if name not in among:
            raise Refusal(404, f"No such object: '{name}'", code="resource_missing")
        return among[name]


def _listed(found: list[JSON]) -> JSON:
    return {"object": "list", "data": found, "has_more": False, "url": "/v1/list"}


_DOORS: dict[str, Callable[[FakeStripe, list[str], JSON], JSON]] = {
    "POST /v1/checkout/sessions": FakeStripe.make_session,
    "GET /v1/checkout/sessions/ID": FakeStripe.show_session,
    "POST /v1/checkout/sessions/ID/expire": FakeStripe.expire_session,
    "GET /v1/payment_intents/ID": FakeStripe.show_intent,
    "POST /v1/payment_intents/ID/capture": FakeStripe.capture_intent,
    "POST /v1/payment_intents/ID/cancel": FakeStripe.cancel_intent,
    "POST /v1/refunds": FakeStripe.make_refund,
    "GET /v1/refunds": FakeStripe.list_refunds,
    "GET /v1/disputes": FakeStripe.list_disputes,
    "GET /v1/balance_transactions": FakeStripe.list_movements,
    "POST /v1/accounts": FakeStripe.make_account,
    "GET /v1/accounts/ID": FakeStripe.show_account,
    "POST /v1/account_links": FakeStripe.make_link,
    "POST /v1/transfers": FakeStripe.make_transfer,
    "GET /v1/balance": FakeStripe.show_balance,
}


def nested(pairs: list[tuple[str, str]]) -> JSON:
    """`a[b][c]=1` as Stripe reads it."""
    read: JSON = {}
    for name, value in pairs:
        first, *rest = re.findall(r"[^\[\]]+", name)
        within = read
        for step in [first, *rest][:-1]:
            within = within.setdefault(step, {})
        within[[first, *rest][-1]] = value
    return read


def fake_app(fake: FakeStripe) -> Litestar:
    """The fake on every address."""

    async def handle(request: Request[Any, Any, Any]) -> Response[bytes]:
        path, method = request.url.path, request.method
        text = (await request.body()).decode() if method == "POST" else request.url.query
        given = nested(parse_qsl(text, keep_blank_values=True))
        fake.asked.append(f"{method} {path}")
        key = f"{method} {path} {request.headers.get('idempotency-key', '')}"
        try:
            if fake.failures:
                raise Refusal(fake.failures.pop(0), "Something went wrong on Stripe's end.", type="api_error")
            if request.headers.get("authorization") != f"Bearer {KEY}":
                raise Refusal(401, "Invalid API Key provided")
            if not request.headers.get("stripe-version"):
                raise Refusal(400, "Which version of the API is meant?")
            if method == "POST" and "idempotency-key" not in request.headers:
                raise Refusal(400, "A request that makes or moves something comes with an Idempotency-Key here")
            if method == "POST" and key in fake.answered:
                before, answer = fake.answered[key]
                if before != given:
                    raise Refusal(400, "Keys for idempotent requests can only be used once", type="idempotency_error")
                return _json(200, answer)
            answer = fake.answer(method, path, given)
            if method == "POST":
                fake.answered[key] = (given, msgspec.json.decode(msgspec.json.encode(answer)))
            return _json(200, answer)
        except Refusal as refusal:
            return _json(refusal.status, refusal.content)

    handler = HTTPRouteHandler("/{path:path}", http_method=[HttpMethod.GET, HttpMethod.POST])(handle)
    return Litestar(route_handlers=[handler], openapi_config=None, logging_config=None)


def _json(status: int, content: JSON) -> Response[bytes]:
    return Response(msgspec.json.encode(content), status_code=status, media_type="application/json")
