"""`highstreet pictures`: what deals show."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

import click
import msgspec

from highstreet.cli._shared import config_option, json_option
from highstreet.kit.errors import InvalidInput

if TYPE_CHECKING:
    from highstreet.kit.database import Database
    from highstreet.kit.settings import Settings

T = TypeVar("T")


class _Focal(click.ParamType[tuple[float, float]]):
    name = "x,y"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, float]:
        try:
            x, y = (float(part) for part in str(value).split(","))
        except ValueError:
            self.fail("is two numbers from 0 to 1 with a comma between them, such as 0.5,0.3", param, ctx)
        return x, y


@click.group()
def pictures() -> None:
    """Give deals pictures, and look after those that feeds name. DEAL is a deal's id, or the address of its page."""


@pictures.command()
@click.argument("deal")
@click.argument("source", metavar="FILE|ADDRESS")
@click.option("--focal", type=_Focal(), help="The point that is always shown: X,Y from 0 to 1. Default: guessed.")
@click.option(
    "--alt", metavar="TEXT", help="What is to be seen, for those who do not see it. Default: the deal's title."
)
@config_option
def add(deal: str, source: str, *, focal: tuple[float, float] | None, alt: str | None, config: Path | None) -> None:
    """Show a picture with a deal: a JPEG, PNG, WebP, GIF or AVIF file, or what lies at an http(s) address."""
    from highstreet.market.catalog import service as catalog

    settings = _settings(config)
    address = source if source.lower().startswith(("http://", "https://")) else None

    async def errand(database: "Database") -> int:
        from highstreet.kit.blobs import open_blobs
        from highstreet.kit.pictures.making import Workshop

        workshop, deal_id = Workshop(open_blobs(settings)), _deal_id(deal)
        if address is not None:
            made = await catalog.fetch_picture(workshop, address, settings.private_hosts, focal)
        else:
            data = await asyncio.to_thread(_read, Path(source))
            made = await catalog.prepare_picture(workshop, data, source, focal)
        async with database.system() as tx:
            return await catalog.attach_picture(tx, deal_id, made, alt=alt, address=address, focused=focal is not None)

    click.echo(f"Picture {_operate(config, errand)} of the deal is there.")


@pictures.command("list")
@click.argument("deal")
@json_option
@config_option
def list_pictures(deal: str, *, as_json: bool, config: Path | None) -> None:
    """Every picture of a deal, also what is to be fetched or was refused. Pages show the first that is there."""
    from highstreet.market.catalog import service as catalog
    from highstreet.market.catalog.domain.pictures import PictureRecord

    async def errand(database: "Database") -> list[PictureRecord]:
        async with database.system() as tx:
            return list(await catalog.pictures_of(tx, _deal_id(deal)))

    found = _operate(config, errand)
    if as_json:
        click.echo(msgspec.json.encode({"pictures": found}).decode())
        return
    for each in found:
        size = f", {each.width} x {each.height}, focal {each.focus_x:g},{each.focus_y:g}" if each.width else ""
        origin = f", {each.address}" if each.address else ""
        reason = f": {each.reason}" if each.reason else ""
        click.echo(f"{each.position}  {each.state}{size}{origin}{reason}")
    if not found:
        click.echo("The deal has no picture; its pages draw one.")


@pictures.command()
@click.argument("deal")
@click.argument("position", type=click.IntRange(0, 99))
@config_option
def remove(deal: str, position: int, *, config: Path | None) -> None:
    """Show a picture no longer. One that a feed names stays away until the feed names another."""
    from highstreet.market.catalog import service as catalog

    async def errand(database: "Database") -> None:
        async with database.system() as tx:
            await catalog.remove_picture(tx, _deal_id(deal), position)

    _operate(config, errand)
    click.echo(f"Picture {position} of the deal is gone.")


@pictures.command()
@click.argument("deal")
@click.argument("position", type=click.IntRange(0, 99))
@click.argument("point", metavar="X,Y", type=_Focal())
@config_option
def focal(deal: str, position: int, point: tuple[float, float], *, config: Path | None) -> None:
    """Choose the point that every size of a picture shows: from the left and from the top, from 0 to 1."""
    from highstreet.market.catalog import service as catalog

    settings = _settings(config)

    async def errand(database: "Database") -> None:
        from highstreet.kit.blobs import open_blobs
        from highstreet.kit.pictures.making import Workshop

        workshop = Workshop(open_blobs(settings))
        await catalog.refocus_picture(database, workshop, _deal_id(deal), position, point)

    _operate(config, errand)
    click.echo(f"Picture {position} of the deal now shows that point.")


@pictures.command()
@click.argument("deal")
@config_option
def refetch(deal: str, *, config: Path | None) -> None:
    """Have a worker fetch again what was refused or removed, and has an address."""
    from highstreet.market.catalog import service as catalog

    async def errand(database: "Database") -> int:
        async with database.system() as tx:
            return await catalog.refetch_pictures(tx, _deal_id(deal))

    count = _operate(config, errand)
    click.echo(f"{count} to be fetched; a worker does it.")


def _settings(config: Path | None) -> "Settings":
    from highstreet.kit.settings import load_settings

    return load_settings(os.environ, config, serving=False)


def _operate(config: Path | None, errand: "Callable[[Database], Awaitable[T]]") -> T:
    from highstreet import main

    return main.operate(config, errand)


def _deal_id(deal: str) -> UUID:
    from highstreet.web.addresses import deal_id

    found = deal_id(deal.rstrip("/"))
    if found is None:
        raise InvalidInput.at("DEAL", "is the id of a deal, or the address of its page")
    return found


def _read(path: Path) -> bytes:
    from highstreet.kit.pictures.formats import MAX_BYTES

    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as problem:
        raise InvalidInput.at(str(path), f"cannot be read ({problem.strerror})") from None
