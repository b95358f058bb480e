"""What commands have in common. The underscore says that this file is no command."""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from highstreet.kit.backup.archive import KeptBlobs

INTERRUPTED: Final = 130
"""The exit code after Ctrl-C."""

config_option = click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="A TOML file with settings."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Tell it as JSON.")
_NAMED: Final = 5


def os_user() -> str | None:
    """Who gave the command, as the operating system calls them; None where it has no name for them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None


def told_of(kept: "KeptBlobs") -> str:
    """What a backup lacks, in half a sentence."""
    named = ", ".join(kept.lacking[:_NAMED])
    more = f" and {len(kept.lacking) - _NAMED:,} more" if len(kept.lacking) > _NAMED else ""
    return f"{len(kept.missing):,} blobs that are missing and {len(kept.damaged):,} that are damaged: {named}{more}"


def amount(minor: int, currency: str) -> str:
    """Money for a terminal: `1,300.50 USD`, `1,500 JPY`."""
    from highstreet.kit.money import minor_digits

    digits = minor_digits(currency)
    return f"{minor / 10**digits:,.{digits}f} {currency}"
