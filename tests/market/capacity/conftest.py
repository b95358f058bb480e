"""A deal on sale with caps, whose merchant has stated what it can take."""

from tests.market.orders.conftest import offer
from tests.market.vouchers.conftest import administrator_here, issue, keys, publish, shop, world

__all__ = ["administrator_here", "issue", "keys", "offer", "publish", "shop", "world"]
