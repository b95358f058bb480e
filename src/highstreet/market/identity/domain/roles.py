"""Roles and permissions by name. What a role may do is data, in `identity.role_permissions`."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec


class Permission(StrEnum):
    ACCOUNTS_MANAGE = "accounts.manage"
    DEALS_EDIT = "deals.edit"
    DEALS_REVIEW = "deals.review"
    LEDGER_READ = "ledger.read"
    MERCHANTS_EDIT = "merchants.edit"
    ORDERS_PLACE = "orders.place"
    ORDERS_READ = "orders.read"
    ORDERS_REFUND = "orders.refund"
    PAYOUTS_EDIT = "payouts.edit"
    PROMOTIONS_EDIT = "promotions.edit"
    SETTINGS_EDIT = "settings.edit"
    STAFF_MANAGE = "staff.manage"
    STATEMENTS_READ = "statements.read"
    VOUCHERS_READ = "vouchers.read"
    VOUCHERS_REDEEM = "vouchers.redeem"


class Reach(StrEnum):
    """What a role is about. A role about one merchant or one partner is granted with that one's id as its scope."""

    EVERYTHING = "everything"
    MERCHANT = "merchant"
    PARTNER = "partner"


class Role(StrEnum):
    OPERATOR_ADMIN = "operator_admin"
    OPERATOR_EDITOR = "operator_editor"
    OPERATOR_FINANCE = "operator_finance"
    OPERATOR_SUPPORT = "operator_support"
    MERCHANT_OWNER = "merchant_owner"
    MERCHANT_MANAGER = "merchant_manager"
    MERCHANT_SCANNER = "merchant_scanner"
    PARTNER = "partner"


REACH_OF: Final[dict[Role, Reach]] = {
    Role.OPERATOR_ADMIN: Reach.EVERYTHING,
    Role.OPERATOR_EDITOR: Reach.EVERYTHING,
    Role.OPERATOR_FINANCE: Reach.EVERYTHING,
    Role.OPERATOR_SUPPORT: Reach.EVERYTHING,
    Role.MERCHANT_OWNER: Reach.MERCHANT,
    Role.MERCHANT_MANAGER: Reach.MERCHANT,
    Role.MERCHANT_SCANNER: Reach.MERCHANT,
    Role.PARTNER: Reach.PARTNER,
}


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """That an account has a role. `granted_by` is None where it was given at the command line."""

    id: UUID
    account_id: UUID
    role: Role
    reach: Reach
    scope: UUID | None
    granted_by: UUID | None
    granted_at: datetime
