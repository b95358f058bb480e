"""`highstreet doctor`: whether all is well, and what to do where it is not."""

from itertools import groupby
from pathlib import Path

import click
import msgspec

from highstreet.cli._shared import config_option


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Tell the findings as JSON.")
@config_option
@click.pass_context
def doctor(context: click.Context, *, as_json: bool, config: Path | None) -> None:
    """Look at this installation and change nothing: each finding is ok, warn or fail; exit 1 if anything fails."""
    from highstreet import main
    from highstreet.kit.doctor.checks import Level

    findings = main.examine(config)
    failed = any(finding.level is Level.FAIL for finding in findings)
    if as_json:
        click.echo(msgspec.json.encode({"ok": not failed, "findings": findings}).decode())
    else:
        colours = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}
        for (level, says, advice), alike in groupby(findings, lambda each: (each.level, each.says, each.advice)):
            checks = ", ".join(finding.check for finding in alike)
            click.echo(f"{click.style(f'{level:<5}', fg=colours[level])} {checks}: {says}")
            if advice:
                click.echo(f"      What to do: {advice}.")
    context.exit(int(failed))
