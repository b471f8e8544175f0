"""`culpa formats`, `culpa formats try FILE`: which log formats are known, and what is understood of a file."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from culpa.collector.commands.config import Trouble
from culpa.instrumentation.meant import Meant
from culpa.instrumentation.plain import visible
from culpa.knowledge import BadFormat, chosen, declared_formats
from culpa.knowledge.declared import VARIABLE

if TYPE_CHECKING:
    from culpa.collector.formats import Row
    from culpa.collector.recorded import Tried

_EPOCH = 1970
#: As much of a text as stands in a line for people.
_SHOWN = 100
_TEACH = "To teach culpa a format of your own in ten lines: docs/own-formats.md"


def _with_folder(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--formats",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        expose_value=False,
        callback=_use,
        help="Folder of your own log formats  [CULPA_FORMATS].",
    )(function)


def _use(context: click.Context, _: click.Parameter, folder: Path | None) -> None:
    """Know the user's folder for as long as the command runs."""
    context.with_resource(chosen({VARIABLE: folder}))


@click.group(
    "formats", cls=Meant, invoke_without_command=True, short_help="List the log formats; show what is read of a file."
)
@_with_folder
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """List all log formats that are known: name, kind, and where each is from.

    The kind is code, or what an entry of data reads: lines, json or pairs (key=value).
    """
    if context.invoked_subcommand:
        return
    rows = _rows()
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        click.echo(f"{row['name']:22} {row['kind']:6} {visible(row['from'])}")


@command.command("try", short_help="Show what is read of each line of a file.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_with_folder
def try_(file: Path) -> int:
    """Show of each record of a FILE its format and what was understood, and which lines were not.

    Exit status: 1 if there is a line that was not understood, or no line at all.
    """
    from culpa.collector.recorded import Damaged, Unopenable, tried

    count = missed = 0
    _known()
    try:
        for one in tried(file):
            count += 1
            missed += bool(one.trouble)
            click.echo(visible(f"{one.line:>6}  {_line_shown(one)}"))
    except (Damaged, Unopenable) as error:
        raise Trouble(f"{file} cannot be read: {error}") from error
    click.echo(f"{count} records, {missed} not understood" + (f". {_TEACH}" if missed or not count else ""), err=True)
    return 1 if missed or not count else 0


def _known() -> list[str]:
    """Return the names of all formats. Errors: Trouble, where a user's own cannot be used."""
    from culpa.collector.formats import formats

    try:
        return list(formats())
    except BadFormat as error:
        raise Trouble(str(error)) from error


def _rows() -> list[dict[str, str]]:
    names = _known()
    declared = {one.name: one for one in declared_formats()}
    return [
        {
            "name": name,
            "kind": declared[name].kind if name in declared else "code",
            "from": declared[name].where_from if name in declared else f"culpa.collector.formats.{name}",
        }
        for name in names
    ]


def _line_shown(one: "Tried") -> str:
    text = one.text.split("\n", 1)[0]
    if one.trouble:
        return f"NOT UNDERSTOOD ({one.format or '-'}: {one.trouble}): {_short(text)}"
    if one.row is None:
        return f"{one.format}: not kept, it can matter to no failure: {_short(text)}"
    return f"{one.format}: " + ", ".join(f"{name} = {_short(value)}" for name, value in _facts(one.row))


def _facts(row: "Row") -> Iterator[tuple[str, str]]:
    """Yield what a row says, absent values left out, secrets too."""
    from culpa.collector.formats import tables_of

    for name, table in sorted(tables_of([row]).items(), reverse=True):
        for record in table.to_pylist():
            for key, value in record.items():
                shown = _shown(value)
                if shown and not (name == "exceptions" and key in _OF_LOG) and key not in _IDS:
                    yield (f"exception.{key}" if name == "exceptions" else key), shown


_IDS = ("log_id", "access_id", "exception_id", "format", "attr_keys", "resource_id", "observed_time", "fingerprint")
_OF_LOG = ("time", "service_name", "trace_id", "span_id", "source")


def _shown(value: object) -> str:
    if value in (None, "", 0, -1, False, []):
        return ""
    if isinstance(value, datetime):
        return f"{value.isoformat()}Z" if value.year > _EPOCH else ""  # an absent time is the epoch
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType]  # of any column


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _SHOWN else f"{words[: _SHOWN - 1]}…"
