"""`highstreet search`: what an operator does about the search by hand."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click
import msgspec

from highstreet.cli._alerts import alerts
from highstreet.cli._shared import config_option, json_option

if TYPE_CHECKING:
    from highstreet.discovery.search.service import Synonym
    from highstreet.kit.database import Database

_MOST_BYTES = 4_000_000


@click.group()
def search() -> None:
    """Look after the search."""


search.add_command(alerts)


@search.group()
def synonyms() -> None:
    """What means the same to the search. A change holds within half a minute, without a new index."""


@synonyms.command("list")
@click.argument("word", required=False)
@json_option
@config_option
def list_synonyms(word: str | None, *, as_json: bool, config: Path | None) -> None:
    """All synonyms, each with the key by which it is removed; or those that say WORD."""
    found = [each for each in _all(config) if word is None or _says(each, word)]
    if as_json:
        click.echo(msgspec.json.encode({"synonyms": [_shown(each) for each in found]}).decode())
        return
    for each in found:
        click.echo(f"{each.key}  {each.language or '*':<3} {each}")
    if not found:
        click.echo("There are none.")


@synonyms.command()
@click.argument("phrases", nargs=-1, required=True)
@click.option("--finds", multiple=True, help="Is found as well, and does not find the others; may be said repeatedly.")
@click.option("--language", help="How the words are inflected, such as en; otherwise as in any language in use.")
@config_option
def add(phrases: tuple[str, ...], *, finds: tuple[str, ...], language: str | None, config: Path | None) -> None:
    """Let PHRASES mean the same: `add mani manicure`, `add "gift card" "gift voucher"`, `add spa --finds sauna`."""
    from highstreet import main
    from highstreet.discovery.search import service
    from highstreet.kit.database import OPERATOR

    given = service.Synonym(phrases=phrases, finds=finds, language=language)

    async def errand(database: "Database") -> "Synonym":
        async with database.transaction(OPERATOR) as tx:
            return await service.add_synonym(tx, given)

    added = main.operate(config, errand)
    click.echo(f"Added as {added.key}: {added}")


@synonyms.command()
@click.argument("key")
@config_option
def remove(key: str, *, config: Path | None) -> None:
    """Let the synonym that the list calls KEY hold no longer."""
    from highstreet import main
    from highstreet.discovery.search import service
    from highstreet.kit.database import OPERATOR

    async def errand(database: "Database") -> "Synonym":
        async with database.transaction(OPERATOR) as tx:
            return await service.remove_synonym(tx, key)

    click.echo(f"Removed: {main.operate(config, errand)}")


@synonyms.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--replace", is_flag=True, help="These and no others; without it they are added.")
@config_option
def import_synonyms(file: BinaryIO, *, replace: bool, config: Path | None) -> None:
    """Add the synonyms of FILE (- is standard input), lines as `export` writes them; all of them or none."""
    from highstreet import main
    from highstreet.discovery.search import service
    from highstreet.kit.database import OPERATOR
    from highstreet.kit.errors import InvalidInput

    content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise InvalidInput.at("FILE", f"is larger than {_MOST_BYTES:,} bytes")
    try:
        wanted = service.read_synonyms(content.decode())
    except UnicodeDecodeError:
        raise InvalidInput.at("FILE", "is not text in UTF-8; save it as that") from None

    async def errand(database: "Database") -> tuple[int, int]:
        async with database.transaction(OPERATOR) as tx:
            return await service.put_synonyms(tx, wanted, replace=replace)

    come, gone = main.operate(config, errand)
    click.echo(f"{come:,} added, {gone:,} removed.")


@synonyms.command()
@config_option
def export(*, config: Path | None) -> None:
    """Write all synonyms to standard output, as lines that `import` reads."""
    from highstreet.discovery.search import service

    sys.stdout.write(service.written_synonyms(_all(config)))


def _all(config: Path | None) -> "tuple[Synonym, ...]":
    from highstreet import main
    from highstreet.discovery.search import service
    from highstreet.kit.database import OPERATOR

    async def errand(database: "Database") -> "tuple[Synonym, ...]":
        async with database.transaction(OPERATOR) as tx:
            return await service.synonyms(tx)

    return main.operate(config, errand)


def _says(synonym: "Synonym", word: str) -> bool:
    return any(word.casefold() in phrase.casefold() for phrase in (*synonym.phrases, *synonym.finds))


def _shown(synonym: "Synonym") -> dict[str, object]:
    return {"key": synonym.key, **msgspec.structs.asdict(synonym)}
