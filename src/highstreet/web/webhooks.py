"""Where payment providers send their webhooks: `POST /webhooks/payments/{provider}`.

The body is read as it was sent, because its signature is over its bytes. What an event makes of a payment and of its
order is one transaction: answered with 200 once it is committed, and with a 5xx, after which the provider sends it
again, when it is not.
"""

from litestar import Response, Router, post
from litestar.params import FromPath

from highstreet.kit.errors import NotFound
from highstreet.market.payments import service as payments
from highstreet.web.problems import PROBLEM_JSON, Fault, HttpRequest, encode_problem
from highstreet.web.runtime import runtime_of


@post("/payments/{provider:str}", include_in_schema=False, status_code=200)
async def receive_webhook(request: HttpRequest, provider: FromPath[str]) -> Response[bytes]:
    """200 for whatever is signed, known before or of no use included; 400 for what is not, or not just now."""
    runtime = runtime_of(request)
    taking = runtime.payments
    if taking is None or taking.name != provider:
        raise NotFound("There is nothing at this address")
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        webhook = payments.read_webhook(taking, headers, await request.body())
    except payments.Forged as forged:
        return Response(encode_problem(Fault(400, str(forged)), None), status_code=400, media_type=PROBLEM_JSON)
    async with runtime.database.system() as tx:
        payment = await payments.receive(tx, webhook)
        if payment is not None and runtime.after_payment is not None:
            await runtime.after_payment(tx, payment)
    return Response(b"", status_code=200)


def webhooks_router() -> Router:
    return Router("/webhooks", route_handlers=[receive_webhook])
