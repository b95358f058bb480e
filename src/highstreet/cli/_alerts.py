"""`highstreet search alerts`: saved searches, and the deals that they were told of."""

from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click
import msgspec

from highstreet.cli._shared import amount, config_option, json_option

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from highstreet.discovery.search.service import SavedSearch
    from highstreet.kit.database import Transaction

_search = click.argument("search_id", metavar="SEARCH", type=click.UUID)
_limit = click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)


@click.group()
def alerts() -> None:
    """Look after saved searches, which are told of deals as these go live."""


@alerts.command("list")
@click.option("--owner", type=click.UUID, help="Only those of this owner.")
@_limit
@json_option
@config_option
def list_searches(owner: UUID | None, *, limit: int, as_json: bool, config: Path | None) -> None:
    """Saved searches, the newest first."""
    from highstreet.discovery.search import service

    found = _run(config, lambda tx: service.saved_searches(tx, owner_id=owner, limit=limit))
    if as_json:
        click.echo(msgspec.json.encode({"searches": found}).decode())
        return
    for search in found:
        click.echo(f"{search.id}  {_told(search)}")
    if not found:
        click.echo("There are none.")


@alerts.command()
@click.argument("words", nargs=-1)
@click.option("--lat", type=float, help="Latitude of the centre, with --lng and --radius-km.")
@click.option("--lng", type=float)
@click.option("--radius-km", type=float)
@click.option("--category", help="Its slug; those below it count as well.")
@click.option("--min-price", type=int, help="Minor units of --currency.")
@click.option("--max-price", type=int, help="Minor units of --currency.")
@click.option("--currency", help="ISO 4217, such as USD.")
@click.option("--min-discount", type=int, help="Whole percent.")
@click.option("--day", "days", type=int, multiple=True, help="A weekday, 1 is Monday; may be said repeatedly.")
@click.option("--usable-today", is_flag=True, help="Only what can be used on the day on which it is told.")
@click.option("--new-merchant", is_flag=True, help="Only deals of merchants who came lately.")
@click.option("--owner", type=click.UUID, help="Whose it is.")
@click.option("--lasts", type=click.IntRange(1, 366), default=90, show_default=True, help="Days.")
@json_option
@config_option
def add(words: tuple[str, ...], *, lasts: int, as_json: bool, config: Path | None, **given: Any) -> None:  # noqa: ANN401 -- the filters
    """Save a search: `add sushi --lat 41.88 --lng -87.63 --radius-km 3`. It is told of deals from now on."""
    from datetime import timedelta

    from highstreet.discovery.search import service

    wish = service.Wish(
        text=" ".join(words),
        latitude=given["lat"],
        longitude=given["lng"],
        radius_km=given["radius_km"],
        category=given["category"],
        min_price_minor=given["min_price"],
        max_price_minor=given["max_price"],
        currency=given["currency"],
        min_discount=given["min_discount"],
        days=given["days"],
        usable_today=given["usable_today"],
        new_merchant=given["new_merchant"],
    )
    days = timedelta(days=lasts)
    saved = _run(config, lambda tx: service.save_search(tx, wish, owner_id=given["owner"], lasts=days))
    click.echo(msgspec.json.encode(saved).decode() if as_json else f"Saved as {saved.id}: {_told(saved)}")


@alerts.command()
@_search
@click.option("--resume", is_flag=True, help="Let it go on; what went live in between is not told.")
@config_option
def pause(search_id: UUID, *, resume: bool, config: Path | None) -> None:
    """Tell the saved search SEARCH of nothing for the time being."""
    from highstreet.discovery.search import service

    _run(config, lambda tx: service.pause_search(tx, search_id, paused=not resume))
    click.echo("It goes on." if resume else "Paused.")


@alerts.command()
@_search
@config_option
def remove(search_id: UUID, *, config: Path | None) -> None:
    """Forget the saved search SEARCH, and what it was told of."""
    from highstreet.discovery.search import service

    _run(config, lambda tx: service.remove_search(tx, search_id))
    click.echo("Removed.")


@alerts.command()
@click.argument("search_id", metavar="[SEARCH]", type=click.UUID, required=False)
@_limit
@json_option
@config_option
def matches(search_id: UUID | None, *, limit: int, as_json: bool, config: Path | None) -> None:
    """The deals that a saved search was told of, or all were, the latest first."""
    from highstreet.discovery.search import service

    found = _run(config, lambda tx: service.matches(tx, search_id, limit=limit))
    if as_json:
        click.echo(msgspec.json.encode({"matches": found}).decode())
        return
    for match in found:
        click.echo(f"{match.matched_at:%Y-%m-%d %H:%M:%S}  search {match.search_id}  deal {match.deal_id}")
    if not found:
        click.echo("There are none.")


def _run(config: Path | None, work: "Callable[[Transaction], Awaitable[Any]]") -> Any:  # noqa: ANN401 -- what `work` answers
    from highstreet import main
    from highstreet.kit.database import OPERATOR, Database

    async def errand(database: Database) -> Any:  # noqa: ANN401 -- as above
        async with database.transaction(OPERATOR) as tx:
            return await work(tx)

    return main.operate(config, errand)


def _told(search: "SavedSearch") -> str:
    """A saved search in one line."""
    prices = [
        f"{word} {amount(minor, search.currency)}"
        for word, minor in (("from", search.min_price_minor), ("up to", search.max_price_minor))
        if minor is not None and search.currency is not None
    ]
    near = f"within {search.radius_km:g} km of {search.latitude:g}, {search.longitude:g}" if search.radius_km else ""
    parts = [
        repr(search.text) if search.text else "",
        near,
        f"in {search.category}" if search.category else "",
        *prices,
        f"{search.min_discount} % off or more" if search.min_discount else "",
        f"on days {', '.join(map(str, search.days))}" if search.days else "",
        "usable today" if search.usable_today else "",
        "new merchants" if search.new_merchant else "",
        f"until {search.expires_at:%Y-%m-%d}",
        "paused" if search.paused else "",
    ]
    return "; ".join(part for part in parts if part)
