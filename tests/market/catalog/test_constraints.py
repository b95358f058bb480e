"""What the database refuses whoever writes: tried with SQL, as a superuser whom no policy holds back."""

import psycopg
import pytest

from highstreet.kit.database import Database
from tests.market.catalog.conftest import Publish, World

REFUSED = [
    ("options SET value_minor = price_minor - 1 WHERE value_minor IS NOT NULL", "options_value_not_below_price"),
    ("options SET value_evidence = NULL", "options_value_has_evidence"),
    ("options SET value_evidence = 'guessed' WHERE value_minor IS NOT NULL", "options_value_evidence_check"),
    ("options SET price_minor = -1", "options_price_minor_check"),
    ("options SET cap = 0", "options_cap_check"),
    ("options SET per_buyer_limit = 0", "options_per_buyer_limit_check"),
    ("options SET redeem_within_days = 0", "options_redeem_within_days_check"),
    ("options SET redeem_from = changed_at, redeem_until = changed_at", "options_redeem_window"),
    ("options SET position = NULL", "options_withdrawn_has_no_position"),
    ("options SET title = ''", "options_title_check"),
    ("deals SET ends_at = starts_at", "deals_check"),
    ("deals SET title = ''", "deals_title_check"),
    ("deals SET currency = 'usd'", "deals_currency_check"),
    ("deals SET language = 'EN'", "deals_language_check"),
    ("deals SET slug = 'Not A Slug'", "deals_slug_check"),
    ("deals SET reach = 'everywhere'", "deals_reach_check"),
    ("deals SET reach = 'division'", "deals_have_division"),
    ("deals SET category_id = NULL", "deals_have_category"),
    ("deals SET merchant_id = NULL", "deals_have_merchant"),
    ("deals SET terms_version = NULL", "deals_have_terms"),
    ("deals SET sold = -1", "deals_sold_check"),
    ("deals SET source_feed = 'gazette'", "deals_imported_have_source"),
    ("deals SET origin = 'invented'", "deals_keep_origin"),
    ("deals SET fine_print = '{}'", "deals_fine_print_check"),
    ("locations SET latitude = 91", "locations_latitude_check"),
    ("locations SET longitude = -181", "locations_longitude_check"),
    ("places SET country_code = 'usa'", "places_country_code_check"),
    ("merchants SET website = 'javascript:alert(1)'", "merchants_website_check"),
    ("categories SET names = '{}'", "categories_names_check"),
]


async def test_a_row_that_cannot_be_is_refused(publish: Publish, administrator_here: psycopg.Connection) -> None:
    await publish()
    for change, refusal in REFUSED:
        with pytest.raises(psycopg.errors.CheckViolation) as refused:
            administrator_here.execute(f"UPDATE catalog.{change}".encode())
        assert refused.value.diag.constraint_name == refusal, change


async def test_terms_and_histories_are_only_ever_added_to(
    publish: Publish, administrator_here: psycopg.Connection
) -> None:
    await publish()
    for table in ("deal_terms", "deal_passages", "option_prices"):
        for change in (
            "DELETE FROM catalog.{}",
            "UPDATE catalog.{} SET deal_id = deal_id",
            "TRUNCATE catalog.{} CASCADE",
        ):
            with pytest.raises(psycopg.errors.RestrictViolation, match="only ever added"):
                administrator_here.execute(change.format(table).encode())


async def test_a_deal_on_sale_keeps_an_option_and_a_point(
    publish: Publish, administrator_here: psycopg.Connection
) -> None:
    await publish()
    for change in (
        "UPDATE catalog.options SET position = NULL, withdrawn_at = changed_at",
        "DELETE FROM catalog.deal_points",
    ):
        with pytest.raises(psycopg.errors.CheckViolation) as refused:
            administrator_here.execute(change)
        assert refused.value.diag.constraint_name == "deals_complete"


async def test_a_deal_begins_in_draft(world: World, publish: Publish, administrator_here: psycopg.Connection) -> None:
    assert world
    await publish()
    with pytest.raises(psycopg.errors.CheckViolation) as refused:
        administrator_here.execute(
            """
            INSERT INTO catalog.deals SELECT (jsonb_populate_record(
                deals, jsonb_build_object('id', merchant_id)
            )).* FROM catalog.deals
            """
        )
    assert refused.value.diag.constraint_name == "deals_transition"


async def test_a_point_is_at_a_location_of_the_deals_merchant_in_its_currency(
    world: World, publish: Publish, administrator_here: psycopg.Connection
) -> None:
    await publish()
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        administrator_here.execute("UPDATE catalog.deal_points SET currency = 'EUR'")
    with pytest.raises(psycopg.errors.CheckViolation):
        administrator_here.execute("UPDATE catalog.deal_points SET place_id = %s", [world.chicago])
    with pytest.raises(psycopg.errors.CheckViolation):
        administrator_here.execute("UPDATE catalog.deal_points SET merchant_id = NULL")


async def test_no_sql_of_ours_leaves_a_default_clock_in_the_tables(database: Database) -> None:
    async with database.system() as tx:
        cursor = await tx.connection.execute(
            """
            SELECT table_name, column_name FROM information_schema.columns
            WHERE table_schema = 'catalog' AND column_default IS NOT NULL
            """
        )
        assert await cursor.fetchall() == []
