"""The command line. A file in `cli` is a command: `cli/jobs.py` holds the command `jobs`.

Exit 0 is done, 1 failed (one line says why and what to do), 2 wrong usage, 130 interrupted.
"""

import os
import pkgutil
import sys
from importlib import import_module

import click

from highstreet import cli
from highstreet.cli._shared import INTERRUPTED
from highstreet.kit.errors import HighstreetError


class _Commands(click.Group):
    """Imports a command when it is asked for, so that `--help` of one does not pay for all."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(_modules())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = _modules().get(cmd_name)
        if module is None:
            raise click.UsageError(f"There is no command {cmd_name!r}; `highstreet --help` lists them", ctx)
        members = vars(import_module(f"{cli.__name__}.{module}")).values()
        return next(each for each in members if isinstance(each, click.Command) and each.name == cmd_name)


def _modules() -> dict[str, str]:
    """By command, its module. `import_` is `import`: a word of Python's own has an underscore behind it."""
    names = (module.name for module in pkgutil.iter_modules(cli.__path__))
    return {name.rstrip("_").replace("_", "-"): name for name in names if not name.startswith("_")}


@click.group(cls=_Commands)
@click.version_option(package_name="highstreet")
def group() -> None:
    """Highstreet, a marketplace of local deals."""


def main() -> None:
    """Run a command and leave with its exit code."""
    sys.exit(_run())


def _run() -> int:
    try:
        outcome = group.main(prog_name="highstreet", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as wrong:
        wrong.show()
        return wrong.exit_code
    except HighstreetError as problem:
        click.echo(f"highstreet: {problem}", err=True)
        return 1
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        # Who was reading has gone, as in `| head`. Nothing is left to say, also not by Python at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return outcome if isinstance(outcome, int) else 0


if __name__ == "__main__":
    main()
