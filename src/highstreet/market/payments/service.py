"""The door of payments: what orders ask for, what providers tell, what workers do.

What takes a transaction works in the caller's, which is the system's unless said otherwise, and speaks to nobody. What
takes a database and a provider asks the provider, outside any transaction, and applies what it answers.
"""

from highstreet.market.payments.providers.opening import open_provider, own_origin
from highstreet.market.payments.providers.port import Forged, Page, Provider, Refused
from highstreet.market.payments.usecases.accounts import account_of, connect_account, refresh_account
from highstreet.market.payments.usecases.applying import Then
from highstreet.market.payments.usecases.asking import open_page, refresh
from highstreet.market.payments.usecases.explaining import Explained, explain, order_paid_by
from highstreet.market.payments.usecases.reconciling import (
    differences,
    due_day,
    reconcile,
    reconciliations,
    require_reader,
    settle_difference,
)
from highstreet.market.payments.usecases.requests import (
    disputes_of,
    of_order,
    refunds_of,
    request,
    request_capture,
    request_many,
    request_refund,
    request_void,
    standing,
)
from highstreet.market.payments.usecases.webhooks import Webhook, read_webhook, receive
from highstreet.market.payments.usecases.working import backlog, send_refund, take_due_payments, take_due_refunds, tend

__all__ = [
    "Explained",
    "Forged",
    "Page",
    "Provider",
    "Refused",
    "Then",
    "Webhook",
    "account_of",
    "backlog",
    "connect_account",
    "differences",
    "disputes_of",
    "due_day",
    "explain",
    "of_order",
    "open_page",
    "open_provider",
    "order_paid_by",
    "own_origin",
    "read_webhook",
    "receive",
    "reconcile",
    "reconciliations",
    "refresh",
    "refresh_account",
    "refunds_of",
    "request",
    "request_capture",
    "request_many",
    "request_refund",
    "request_void",
    "require_reader",
    "send_refund",
    "settle_difference",
    "standing",
    "take_due_payments",
    "take_due_refunds",
    "tend",
]
