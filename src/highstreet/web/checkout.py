"""What a serving process sells with: the till, and what signs quotes and the links to pay pages."""

import base64
import hmac
from dataclasses import dataclass
from uuid import UUID

from highstreet.kit.crypto import Signer
from highstreet.kit.database import Database
from highstreet.kit.secret_key import secret_key
from highstreet.kit.settings import Environment, PaymentProvider, Settings
from highstreet.market.orders.domain.orders import SaleRules
from highstreet.market.orders.service import Till
from highstreet.market.vouchers.service import VoucherKeys

_BASIS_POINTS = 100
_STRIPE_PAGES = "https://checkout.stripe.com"


@dataclass(frozen=True, slots=True)
class Checkout:
    """One of a process, made where it begins; none where nothing is sold because nobody takes payments."""

    till: Till
    quotes: Signer
    links: Signer
    rules: SaleRules
    provider_origin: str | None
    """Where the provider's pages are, if that is elsewhere: a form of ours ends up there."""

    def pay_path(self, order_id: UUID) -> str:
        """Our own pay page of an order. Whoever has the address may pay, as with any link to a bill."""
        tag = base64.urlsafe_b64encode(self.links.tag(order_id.bytes)).rstrip(b"=").decode("ascii")
        return f"/pay/{order_id}?key={tag}"

    def is_pay_key(self, order_id: UUID, key: str) -> bool:
        return hmac.compare_digest(self.pay_path(order_id).rpartition("=")[2].encode(), key.encode())


def open_checkout(settings: Settings, database: Database) -> Checkout:
    """Raises ConfigurationError as `secret_key` does."""
    secret = secret_key(settings)
    in_play = settings.env is not Environment.PRODUCTION and settings.payments is not PaymentProvider.STRIPE
    return Checkout(
        till=Till(database, VoucherKeys(secret)),
        quotes=Signer(secret, "quote"),
        links=Signer(secret, "pay page"),
        rules=SaleRules(
            commission_rate=settings.commission_percent * _BASIS_POINTS,
            commission_tax_rate=settings.commission_tax_percent * _BASIS_POINTS,
            sells_invented=in_play,
        ),
        provider_origin=_STRIPE_PAGES if settings.payments is PaymentProvider.STRIPE else None,
    )
