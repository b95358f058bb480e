"""Vouchers on paper: whatever their titles are written in, the file is made, and says what it cannot show."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from highstreet.kit.database import Database
from highstreet.kit.errors import NotFound
from highstreet.market.catalog.domain.fine_print import Days, Note
from highstreet.market.vouchers import service as vouchers
from highstreet.market.vouchers.rendering import letters, qr
from highstreet.market.vouchers.rendering.pdf_file import Paper, to_pdf
from tests.market.catalog.conftest import NOW
from tests.market.vouchers.conftest import Issue, Till

PAPER = Paper(
    title="Two pizzas",
    merchant="Blue Door Pizza",
    places=("12 Lake Street, Chicago",),
    facts=("Paid: 15.00 USD",),
    fine_print=("Valid on Mondays only.",),
    qr="HS1." + "a" * 208,
    short="7K3QP-9XMT2",
    number="Voucher 1",
)


async def test_an_owner_has_a_voucher_as_a_file(
    issue: Issue, till: Till, database: Database, keys: vouchers.VoucherKeys
) -> None:
    voucher = await issue(
        title="焼肉食べ放題 90分",
        fine_print=(Days((1, 2)), Note("بيتزا")),
        redeem_until=NOW + timedelta(days=9),
        uses=3,
    )
    async with database.system() as tx:
        paper = await vouchers.voucher_as_pdf(tx, keys, voucher.id, till.shop.buyer)
        assert paper == await vouchers.voucher_as_pdf(tx, keys, voucher.id, till.shop.buyer)
        picture = await vouchers.voucher_as_svg(tx, keys, voucher.id, till.shop.buyer)
        for make in (vouchers.voucher_as_pdf, vouchers.voucher_as_svg):
            with pytest.raises(NotFound):
                await make(tx, keys, voucher.id, till.shop.staff)
    assert paper.startswith(b"%PDF-")
    assert b"/HeiseiKakuGo-W5" in paper
    assert picture.startswith(b"<?xml")
    assert b"<script" not in picture


@settings(max_examples=60)
@given(text=st.text(max_size=500), places=st.lists(st.text(max_size=80), max_size=20))
def test_no_text_breaks_the_paper(text: str, places: list[str]) -> None:
    paper = Paper(
        title=text,
        merchant=text,
        places=tuple(places),
        facts=(text,),
        fine_print=(text,) * 30,
        qr=PAPER.qr,
        short=PAPER.short,
        number=text,
    )
    made = to_pdf(paper)
    assert made.count(b"/Type /Page\n") == 1


@pytest.mark.parametrize(
    ("text", "fonts"),
    [
        ("Café Straße, 15 €", ["Vera"]),
        ("焼肉 食べ放題", ["HeiseiKakuGo-W5", "Vera", "HeiseiKakuGo-W5"]),
        ("Два билета", ["HeiseiKakuGo-W5", "Vera", "HeiseiKakuGo-W5"]),
        ("삼겹살", ["HYGothic-Medium"]),
        ("בית קפה", None),
        ("مطعم", None),
        ("ร้านอาหาร", None),
        ("🍕", None),
    ],
)
def test_letters_are_shown_by_a_font_that_has_them_or_not_at_all(text: str, fonts: list[str] | None) -> None:
    found = letters.runs(text)
    assert (None if found is None else [run.font for run in found]) == fonts
    assert found is None or "".join(run.text for run in found) == text


@given(words=st.lists(st.text("abcdefghij焼肉", min_size=1, max_size=120), max_size=40), most=st.integers(1, 6))
def test_lines_fit_and_what_is_cut_off_is_said_to_be(words: list[str], most: int) -> None:
    text = " ".join(words)
    found = letters.lines(text, 10, 200, most)
    assert len(found) <= most
    assert all(letters.width(line, 10) <= 200 for line in found)
    whole = "".join(found).replace(" ", "") == text.replace(" ", "")
    assert whole or found[-1].endswith("...")


def test_the_picture_holds_a_signed_code_and_its_quiet_zone() -> None:
    rows = qr.modules(PAPER.qr)
    assert len(rows) == len(rows[0]) == 57 + 8  # version 10
    assert not any(any(row) for row in (*rows[:4], *rows[-4:]))
    assert rows[4][4:11] == [True] * 7
