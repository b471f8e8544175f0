"""`culpa alarms`: check the rules, try them on the past, list what was told, try a channel."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from culpa.analysis.commands.asking import (
    Asking,
    Since,
    Trouble,
    console,
    counted,
    form_options,
    print_records,
    say,
    session,
    store_options,
    write,
)
from culpa.analysis.plain import visible
from culpa.instrumentation.meant import Meant

if TYPE_CHECKING:
    from culpa.alarms.rules import Rules

_SHOWN = 50

file_option = click.option(
    "--alarms", "file", metavar="FILE", default="", envvar="CULPA_ALARMS", help="File of rules  [CULPA_ALARMS]."
)


@click.group("alarms", cls=Meant, short_help="Try the rules of the alarms and their channels; list what was told.")
def command() -> None:
    """Try the rules of the alarms and their channels; list what was told.

    A running collector judges by the rules of the file that its setting `alarms` names.
    """


@command.command("check", cls=Asking)
@click.argument("file", default="", metavar="[FILE]", envvar="CULPA_ALARMS")
def check(file: str) -> None:
    """Read a file of rules, and say what holds: each rule with its numbers, and each channel. Nobody is told."""
    rules = _rules(file)
    for rule in rules.rules:
        numbers = ", ".join(f"{name} = {value:g}" for name, value in rule.numbers.items())
        only = "".join(f", {name} = {value}" for name, value in rule.only.items())
        click.echo(visible(f"rule {rule.name} ({rule.kind}): {numbers}{only}"))
        click.echo(visible(f"  tells {', '.join(rule.channels) or 'nobody; the page shows it'}"))
    for name, channel in rules.channels.items():
        click.echo(visible(f"channel {name}: {type(channel).__name__.lower()}"))
    if not rules.base and rules.channels:
        say('messages will have no links; write [links] base = "https://…", the address of the page')


@command.command("replay", cls=Asking)
@store_options
@file_option
@click.option("--since", type=Since(), default="7d", show_default=True, metavar="TIME", help="From then on.")
@form_options
def replay(where: str | None, token: str | None, file: str, since: int, as_json: bool, as_csv: bool) -> None:
    """Print what would have been told of the past, by the rules as they are now. Nobody is told anything."""
    from culpa.alarms.replayed import replayed

    rules = _rules(file)
    with session(where, token) as s:
        rows = replayed(s, rules.rules, since, time.time_ns())
        if print_records(rows, as_json, as_csv):
            return
        for row in rows.json():
            write(
                visible(f"{row['time'][:16].replace('T', ' ')}  {row['state']:<8}  {row['rule']}: {row['summary']}")
                + "\n"
            )
            write(visible(f"{' ' * 28}{row['why']} ({row['subject']})") + "\n")
        fired = sum(row["state"] == "firing" for row in rows.json())
        say(f"{counted(fired, 'alarm')} would have fired; times are UTC")


@command.command("list", cls=Asking)
@store_options
@form_options
@click.option("--limit", type=click.IntRange(min=1), default=_SHOWN, show_default=True, metavar="N", help="At most N.")
def listed(where: str | None, token: str | None, as_json: bool, as_csv: bool, limit: int) -> None:
    """List the alarms that fired, those that are not over first, with whom they reached."""
    from culpa.analysis.surface.rows import Rows

    with session(where, token) as s:
        rows = Rows(s.ask("alarms_listed", max_rows=limit))
        if print_records(rows, as_json, as_csv):
            return
        out = console()
        for row in rows.json():
            until = row["resolved_at"][:16].replace("T", " ") if row["is_over"] else "now"
            out.print(visible(f"{row['fired_at'][:16].replace('T', ' ')} to {until}  {row['rule']}: {row['summary']}"))
            out.print(visible(f"    {row['why']} ({row['subject']})"), style="dim")
            for one in row["deliveries"]:
                out.print(visible(f"    {_delivered(one)}"), style="dim")
        say(f"{counted(len(rows), 'alarm')} in {s.where}; times are UTC")


def _delivered(one: Mapping[str, Any]) -> str:
    why = f": {one['message']}" if one["message"] else ""
    return f"{one['channel']} {one['state']} {one['outcome']} ({counted(one['attempts'], 'attempt')}){why}"


@command.command("test", cls=Asking)
@click.argument("channel", metavar="CHANNEL")
@file_option
def test(channel: str, file: str) -> None:
    """Send one message over a channel, to see that it arrives; it says that it is only a trial."""
    from culpa.alarms.channels import NotSent, hand_over
    from culpa.alarms.message import trial

    rules = _rules(file)
    if channel not in rules.channels:
        known = ", ".join(rules.channels) or "none; write one in the file of rules, and name that with --alarms"
        raise Trouble(f"no channel {channel!r}; there are {known}")
    try:
        hand_over(channel, rules.channels[channel], trial(channel, rules.base, time.time_ns()))
    except NotSent as error:
        raise Trouble(str(error)) from error
    click.echo(f"channel {channel} took it")


def _rules(file: str) -> "Rules":
    """Return the rules of a file, of '' what culpa.toml names, else the usual ones. Errors: Trouble."""
    from culpa.alarms.rules import BadRules, read_rules

    try:
        return read_rules(file or _named())
    except BadRules as error:
        raise Trouble(str(error)) from error


def _named() -> str:
    """Return the file that the settings file of the collector names here; '' for none."""
    import tomllib

    try:
        return str(tomllib.loads(Path("culpa.toml").read_text("utf-8")).get("alarms", ""))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return ""
