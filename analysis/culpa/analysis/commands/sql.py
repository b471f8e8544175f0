"""`culpa sql`: any SELECT over what culpa keeps."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from culpa.analysis.commands.asking import (
    Asking,
    Trouble,
    console,
    counted,
    form_options,
    print_records,
    say,
    session,
    show,
    store_options,
)
from culpa.analysis.surface.sql_advice import advised
from culpa.store import QueryFailed

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.console import Console

    from culpa.analysis.surface.rows import Rows

#: A grid of more rows helps nobody on a screen; programs get all.
SHOWN = 1000
#: Columns of text that no grid needs.
_UNBOUND = 100_000


def _parameters(ctx: click.Context, param: click.Parameter, pairs: Sequence[str]) -> dict[str, str]:
    found = {name: value for name, sign, value in (pair.partition("=") for pair in pairs) if sign}
    if len(found) != len(pairs):
        raise click.BadParameter("write each as NAME=VALUE, each name once")
    return found


@click.command("sql", cls=Asking)
@click.argument("query")
@store_options
@click.option(
    "-p", "--param", "parameters", multiple=True, metavar="NAME=VALUE", callback=_parameters,
    help="A value for $NAME of the query, as text; may be repeated.",
)  # fmt: skip
@click.option(
    "--trace", "trace_id", metavar="ID",
    help="The whole id of a trace: the query may read the relations that rules read, made of it.",
)  # fmt: skip
@form_options
@click.option(
    "--arrow", "arrow_file", type=click.Path(dir_okay=False, writable=True, path_type=Path, allow_dash=True),
    metavar="FILE", help="Write an Arrow IPC stream; - is stdout.",
)  # fmt: skip
def command(
    query: str,
    where: str | None,
    token: str | None,
    parameters: dict[str, str],
    trace_id: str | None,
    as_json: bool,
    as_csv: bool,
    arrow_file: Path | None,
) -> None:
    """Answer one SELECT over verdicts, problems, spans, exceptions, logs, access, resources.

    QUERY is the text, or - to read it from stdin. Nothing can be changed by it.
    """
    if arrow_file and (as_json or as_csv):
        raise click.UsageError("--arrow excludes --json and --csv; name one")
    text = sys.stdin.read() if query == "-" else query
    if trace_id:
        text = _of_trace(text, trace_id)
    with session(where, token) as s:
        try:
            rows = s.sql(text, **parameters)
        except QueryFailed as error:
            raise Trouble(advised(" ".join(str(error).split()))) from error
    if arrow_file:
        _write_arrow(rows.arrow(), arrow_file)
    elif not print_records(rows, as_json, as_csv):
        _print_rows(rows)


def _print_rows(rows: "Rows") -> None:
    from culpa.analysis.report.fitted import fitted

    screen = console()
    # What is piped without a width, to be searched, is not cut.
    width = screen.width if screen.is_terminal or "COLUMNS" in os.environ else _UNBOUND
    answer = fitted(rows.columns, rows[:SHOWN].json(), width)

    def draw(out: "Console") -> None:
        out.width = width
        out.print(answer.drawn)

    show(draw)
    more = f"; the first {answer.shown} are shown" if len(rows) > answer.shown else ""
    cut = "; what ends with … is cut" if answer.is_cut else ""
    say(counted(len(rows), "row") + more + cut + (", --json, --csv and --arrow have all" if more or cut else ""))


def _of_trace(text: str, trace_id: str) -> str:
    from culpa.analysis.explanation.replay import literal
    from culpa.analysis.pipeline.standing import of_one_trace

    return of_one_trace(text.strip().removesuffix(";"), literal(trace_id)) + "\nselect * from answer"


def _write_arrow(table: "pa.Table", path: Path) -> None:
    import pyarrow as pa

    def handle(out: Any) -> pa.PythonFile:
        # Any: Arrow asks for io.IOBase where any binary file does.
        return pa.PythonFile(out)

    try:
        with (
            click.open_file(str(path), "wb") as out,
            pa.ipc.new_stream(handle(out), table.schema) as stream,
        ):
            stream.write_table(table)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise Trouble(f"cannot write {path}: {error.strerror or error}; name another file") from error
    if str(path) != "-":
        say(f"{counted(table.num_rows, 'row')} written to {path}")
