"""`highstreet jobs`: the queue of background work."""

from pathlib import Path

import click
import msgspec

from highstreet.cli._shared import config_option, json_option


@click.group()
def jobs() -> None:
    """Look after the queue of background work."""


@jobs.command("list")
@click.option("--status", type=click.Choice(["todo", "doing", "failed"]), help="Default: all three.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@json_option
@config_option
def list_jobs(status: str | None, limit: int, *, as_json: bool, config: Path | None) -> None:
    """What waits, runs or failed, oldest first. Work that succeeded has left the queue."""
    from highstreet import main
    from highstreet.kit import jobs as queue
    from highstreet.kit.database import Database
    from highstreet.kit.jobs import WaitingJob

    async def errand(database: Database) -> list[WaitingJob]:
        async with database.system() as tx:
            return await queue.waiting(tx, status=status, limit=limit)

    found = main.operate(config, errand)
    if as_json:
        click.echo(msgspec.json.encode({"jobs": found}).decode())
        return
    for job in found:
        since = f" since {job.since:%F %T} UTC" if job.since else ""
        click.echo(f"{job.id}  {job.job}  {job.status}{since}, attempts: {job.attempts}")
        if job.error:
            click.echo(f"    {job.error}")
    if any(job.error for job in found):
        click.echo("`highstreet jobs explain` with the number of a job tells more, and what to do.")
    elif not found:
        click.echo("The queue is empty.")


@jobs.command()
@click.argument("job_id", type=int)
@json_option
@config_option
def explain(job_id: int, *, as_json: bool, config: Path | None) -> None:
    """What became of one job: its attempts and errors, what waits behind it, and what can be done."""
    from highstreet import main
    from highstreet.cli import _explaining
    from highstreet.kit import jobs as queue
    from highstreet.kit.database import Database
    from highstreet.kit.jobs import JobExplained

    async def errand(database: Database) -> JobExplained:
        async with database.system() as tx:
            return await queue.explain(tx, job_id)

    explained = main.operate(config, errand)
    if as_json:
        told = {**msgspec.structs.asdict(explained), "actions": _explaining.actions_for_job(explained)}
        click.echo(msgspec.json.encode(told).decode())
    else:
        click.echo("\n".join(_explaining.lines_of_job(explained)))


@jobs.command()
@click.argument("job_id", type=int)
@config_option
def retry(job_id: int, *, config: Path | None) -> None:
    """Try failed work again, from the first attempt."""
    from highstreet import main
    from highstreet.kit import jobs as queue
    from highstreet.kit.database import Database

    async def errand(database: Database) -> None:
        async with database.system() as tx:
            await queue.retry(tx, job_id)

    main.operate(config, errand)
    click.echo(f"Job {job_id} is in the queue again.")
