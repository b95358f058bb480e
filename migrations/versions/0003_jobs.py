"""The job library's tables in the schema `jobs`, by the steps that the library itself carries.

The steps are named one by one: a later version of the library brings further steps, and each of those is a later
migration of ours, never a change of this one.

Each step is a transaction of its own, because before PostgreSQL 17 a new value of an enum type cannot be used in the
transaction that adds it. Until the last one is through this migration counts as not applied, so nothing uses the
schema yet, and an interrupted run starts over.
"""

from importlib import resources
from typing import TYPE_CHECKING, Any, LiteralString, cast

from alembic import op

from highstreet.kit.migrations import run

if TYPE_CHECKING:
    import psycopg

revision = "0003_jobs"
down_revision = "0002_outbox"

STEPS = (
    "00.00.00_01_initial",
    "00.05.00_01_drop_started_at_column",
    "00.05.00_02_drop_started_at_column",
    "00.05.00_03_drop_procrastinate_version_table",
    "00.06.00_01_fix_procrastinate_fetch_job",
    "00.07.01_01_fix_trigger_status_events_insert",
    "00.08.01_01_add_queueing_lock_column",
    "00.10.00_01_close_fetch_job_race_condition",
    "00.10.00_02_add_defer_job_function",
    "00.11.00_03_add_procrastinate_periodic_defers",
    "00.12.00_01_add_foreign_key_index",
    "00.14.00_01_add_locks_to_periodic_defer",
    "00.15.02_01_fix_procrastinate_defer_periodic_job",
    "00.16.00_01_add_finish_job_and_retry_job_functions",
    "00.17.00_01_add_trigger_on_job_deletion",
    "00.17.00_02_delete_finished_jobs",
    "00.17.00_03_add_checks_to_finish_job",
    "00.17.00_04_add_checks_to_retry_job",
    "00.18.01_01_fix_finish_job_compat_issue",
    "00.19.00_01_add_index_on_procrastinate_jobs",
    "00.22.00_01_add_kwargs_to_defer_periodic_job",
    "00.23.00_01_null_locks_excluded",
    "01.00.00_01_remove_old_finish_job_function",
    "01.01.01_01_job_id_bigint",
    "02.00.03_01_add_job_priority",
    "02.05.00_01_add_periodic_job_priority",
    "02.06.00_01_add_cancel_states",
    "02.08.00_01_add_additional_params_to_retry_job",
    "02.14.01_01_add_indexes_for_fetch_job",
    "03.00.00_01_pre_cancel_notification",
    "03.00.00_50_post_cancel_notification",
    "03.01.00_01_pre_add_heartbeat",
    "03.01.00_50_post_add_heartbeat",
    "03.02.00_01_pre_batch_defer_jobs",
    "03.02.00_50_post_batch_defer_jobs",
    "03.03.00_01_pre_priority_lock_fetch_job",
    "03.04.00_01_pre_add_retry_failed_job_procedure",
    "03.04.00_50_post_add_retry_failed_job_procedure",
)


def upgrade() -> None:
    with op.get_context().autocommit_block():
        driver = cast("psycopg.Connection[Any]", op.get_bind().connection.driver_connection)
        driver.execute("DROP SCHEMA IF EXISTS jobs CASCADE")
        driver.execute("CREATE SCHEMA jobs")
        driver.execute("SET search_path = jobs")
        for step in STEPS:
            text = (resources.files("procrastinate.sql.migrations") / f"{step}.sql").read_text(encoding="utf-8")
            driver.execute(cast("LiteralString", text))
        driver.execute("RESET search_path")
    run(__file__)
