"""Secret addresses of an order: whoever has one needs no account, so a guest finds back what they bought."""

import base64
import hmac
from uuid import UUID

from highstreet.kit.crypto import Signer
from highstreet.kit.settings import Secret


class OrderLinks:
    """Makes and knows the key of each order. It shows the order and its vouchers, unlike the key to its pay page."""

    def __init__(self, secret: Secret) -> None:
        self._signer = Signer(secret, "order page")

    def key(self, order_id: UUID) -> str:
        return base64.urlsafe_b64encode(self._signer.tag(order_id.bytes)).rstrip(b"=").decode("ascii")

    def path(self, order_id: UUID) -> str:
        """The order's page, without a language's prefix."""
        return f"/orders/{order_id}?key={self.key(order_id)}"

    def is_key(self, order_id: UUID, given: str) -> bool:
        return hmac.compare_digest(self.key(order_id).encode(), given.encode())
