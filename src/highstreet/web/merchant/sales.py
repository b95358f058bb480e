"""What became of each deal: sold, redeemed, given back and earned, as a table and as CSV."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from highstreet.market.catalog import service as catalog
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.domain.sales import DealSales
from highstreet.web import i18n
from highstreet.web.answers import Answer
from highstreet.web.merchant.desk import Desk, page
from highstreet.web.problems import HttpRequest


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One deal as it is read. `path` is empty for who does not write deals."""

    title: str
    path: str
    sold: str
    open: str
    redeemed: str
    refunded: str
    earned: str


async def sales_page(request: HttpRequest, desk: Desk) -> Answer:
    """The deal made last first."""
    del request
    language = desk.person.language
    sales, titles = await _read(desk)
    rows = [
        Row(
            title=titles.get(each.deal_id, ""),
            path=desk.path(f"/deals/{each.deal_id}") if "deals.edit" in desk.rights else "",
            sold=i18n.number(language, each.sold),
            open=i18n.number(language, each.open),
            redeemed=i18n.number(language, each.redeemed),
            refunded=i18n.number(language, each.refunded),
            earned=i18n.money(language, each.earned_minor, each.currency),
        )
        for each in sales
    ]
    return page(desk.person, "merchant_sales.html", language.translate("Sales by deal"), {"rows": rows}, desk=desk)


async def sales_file(request: HttpRequest, desk: Desk) -> Answer:
    """The same as CSV."""
    del request
    content = vouchers.sales_as_csv(*await _read(desk))
    headers = (
        (b"content-type", b"text/csv; charset=utf-8"),
        (b"content-length", str(len(content)).encode("ascii")),
        (b"content-disposition", b'attachment; filename="sales.csv"'),
        (b"cache-control", b"no-store"),
    )
    return Answer(200, headers, content)


async def _read(desk: Desk) -> tuple[list[DealSales], Mapping[UUID, str]]:
    async with desk.person.runtime.database.system() as tx:
        sales = await vouchers.sales_of(tx, desk.merchant_id)
        return sales, await catalog.titles_of(tx, [each.deal_id for each in sales])
