"""Webhooks that the sandbox signed and never sent: what a provider gone wrong would say."""

from typing import Any

import msgspec

from highstreet.kit import webhooks
from highstreet.kit.sandbox_keys import webhook_secret
from highstreet.kit.secret_key import secret_key
from highstreet.sandbox.courier import SIGNATURE
from tests.sandbox.shop import Shop


def signed_webhook(shop: Shop, content: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    body = msgspec.json.encode(content)
    secret = webhook_secret(secret_key(shop.settings))
    return {SIGNATURE: webhooks.sign(body, secret, shop.clock.now())}, body
