"""`highstreet import`: feeds, and the runs that brought them in."""

import click

from highstreet.cli._import.file import file
from highstreet.cli._import.list_ import list_runs
from highstreet.cli._import.replay import replay
from highstreet.cli._import.schedule import schedule
from highstreet.cli._import.show import show
from highstreet.cli._import.undo import undo


class _Imports(click.Group):
    """A group whose first word may also be a file. A file that is called like a command is written `./list`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        first = args[0] if args else None
        if first != "--help" and first not in self.commands:
            args = [str(file.name), *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name in super().list_commands(ctx) if name != file.name]

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, "FILE --mapping FILE.toml|NAME [OPTIONS]")
        formatter.write_usage(ctx.command_path, "COMMAND [ARGS]...", prefix="       ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        click.Command.format_options(file, ctx, formatter)
        self.format_commands(ctx, formatter)


@click.group("import", cls=_Imports, help=file.help)
def import_() -> None:
    """Commands about feeds."""


for command in (file, list_runs, show, undo, replay, schedule):
    import_.add_command(command)
