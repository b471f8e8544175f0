"""`culpa config`: every setting, its value and where that came from."""

import json
import sys
from collections.abc import Callable
from typing import cast

import click

from culpa.collector.settings import Entry, Resolved, SettingError, entries, resolve
from culpa.instrumentation.plain import visible


class Trouble(click.ClickException):
    """What keeps a command from doing its work, in one line; exit status 2."""

    exit_code = 2


def setting_options(function: Callable[..., object]) -> Callable[..., object]:
    """Give a command one flag for every setting, and --config; values arrive by the setting's name."""
    for entry in reversed(entries()):
        function = _option(entry)(function)
    return click.option("--config", metavar="FILE", help="Settings file (default: culpa.toml if it is there).")(
        function
    )


def _option(entry: Entry) -> Callable[[Callable[..., object]], Callable[..., object]]:
    flag = f"--{entry.name.replace('_', '-')}"
    text = f"{entry.reason} Default: {entry.default}" if entry.default not in ("", ()) else entry.reason
    if isinstance(entry.default, bool):
        return click.option(f"{flag}/--no-{flag[2:]}", entry.name, default=None, help=entry.reason)
    metavar = entry.unit.upper() or "VALUE"
    return click.option(
        flag, entry.name, default=None, metavar=metavar, multiple=isinstance(entry.default, tuple), help=text
    )


def resolve_flags(config: str | None, flags: dict[str, object]) -> Resolved:
    """Resolve what a command was given. Errors: Trouble."""
    typed = {name: value for name, value in flags.items() if value is not None and value != ()}
    try:
        return resolve(typed, config=config)
    except SettingError as error:
        raise Trouble(str(error)) from error


@click.command(short_help="List every setting, its value and where that came from.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@setting_options
def command(as_json: bool, config: str | None, **flags: object) -> None:
    """List every setting: value, unit, origin and reason. Secrets are shown as ***.

    A flag wins over the environment (CULPA_NAME), which wins over culpa.toml, which wins over the default.
    """
    rows = _rows(resolve_flags(config, flags))
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("setting", "value", "unit", "origin", "reason", box=box.SIMPLE, pad_edge=False)
    for row in rows:
        shown = [str(row["name"]), _shown(row["value"]), *(str(row[key]) for key in ("unit", "origin", "reason"))]
        # Nothing in a value is taken for markup.
        table.add_row(*(Text(visible(text)) for text in shown))
    # Into a pipe, lines are as long as they need to be.
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(map(str, cast(tuple[object, ...], value)))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _rows(resolved: Resolved) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for entry in entries():
        value = getattr(resolved.settings, entry.name)
        rows.append(
            {
                "name": entry.name,
                "value": "***" if entry.is_secret and value else value,
                "unit": entry.unit,
                "origin": resolved.origins[entry.name],
                "reason": entry.reason,
            }
        )
    return rows
