"""Every address of the pages for buying and for what was bought."""

from collections.abc import Sequence
from typing import Final

from highstreet.web.storefront.shopping import checkout, orders, paying, vouchers
from highstreet.web.storefront.shopping.whose import Handler, Page, private

_PAGES: Final[Sequence[tuple[str, Page]]] = (
    ("/checkout", checkout.checkout_page),
    ("/pay/{order_id:uuid}", paying.pay_page),
    ("/pay/{order_id:uuid}/back", paying.back_page),
    ("/vouchers", vouchers.wallet_page),
    ("/vouchers/{voucher_id:uuid}", vouchers.voucher_page),
    ("/vouchers/{voucher_id:uuid}/pdf", vouchers.pdf),
    ("/gift", vouchers.gift_page),
    ("/orders", orders.orders_page),
    ("/orders/{order_id:uuid}", orders.order_page),
)
_FORMS: Final[Sequence[tuple[str, Page]]] = (
    ("/checkout", checkout.order),
    ("/vouchers/{voucher_id:uuid}/gift", vouchers.give),
    ("/vouchers/{voucher_id:uuid}/gift/back", vouchers.take_back),
    ("/gift", vouchers.claim),
    ("/orders/{order_id:uuid}/refund", orders.refund),
    ("/orders/{order_id:uuid}/cancel", orders.cancel),
)

PAGES: Final[Sequence[tuple[str, Handler]]] = tuple((path, private(show)) for path, show in _PAGES)
FORMS: Final[Sequence[tuple[str, Handler]]] = tuple((path, private(do)) for path, do in _FORMS)
