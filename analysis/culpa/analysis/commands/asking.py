"""What all commands of this room share: the store they ask, the form of the answer, how they end."""

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from culpa.analysis.plain import visible
from culpa.instrumentation.shortly import spare_garbage
from culpa.store import NotATime, StoreError, since_ns, use_arrow_alone

if TYPE_CHECKING:
    from rich.console import Console

    from culpa.analysis.surface.rows import Rows
    from culpa.analysis.surface.session import Session

Function = TypeVar("Function", bound=Callable[..., Any])


class Trouble(click.ClickException):
    """The question could not be asked or answered: one line on stderr, exit status 2."""

    exit_code = 2


class Asking(click.Command):
    """A command that asks a store.

    Promise: trouble with the store ends as one line on stderr and status 2; a reader that stops
    reading, such as `head`, ends it in silence.
    """

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what it printed has left the process when this returns."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except StoreError as error:
            raise Trouble(" ".join(str(error).split())) from error
        except BrokenPipeError:
            _forget_stdout()
            return 0
        return result


def _forget_stdout() -> None:
    # The interpreter flushes stdout once more when it ends; that must not fail again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Since(click.ParamType[int]):
    """A point in time, written as a duration back from now or as an ISO time; nanoseconds since 1970."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the time in nanoseconds, or end with a usage error."""
        try:
            return since_ns(str(value))
        except NotATime as error:
            self.fail(str(error), param, ctx)


def store_options(function: Function) -> Function:
    """Add `--store` and `--token`."""
    token = click.option(
        "--token",
        metavar="TOKEN",
        envvar="CULPA_READ_TOKEN",
        help="Read token of the collector  [CULPA_READ_TOKEN].",
    )
    store = click.option(
        "--store",
        "where",
        metavar="WHERE",
        help="Segment file, store directory, http://… of a collector, clickhouse://… or parquet://…  [default: "
        "CULPA_STORE, else the collector running on this machine, else ./culpa-store].",
    )
    return store(token(function))


def form_options(function: Function) -> Function:
    """Add `--json` and `--csv`, of which one may be given."""
    as_csv = click.option("--csv", "as_csv", is_flag=True, help="Print CSV with a header line.")
    as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON array; times are UTC.")
    return as_json(as_csv(function))


def session(where: str | None, token: str | None) -> "Session":
    """Open the store that the options name. Errors: StoreError, which `Asking` turns into one line."""
    spare_garbage()
    use_arrow_alone()
    from culpa.analysis.surface.session import open as open_session

    return open_session(where or None, token=token or None)


def print_records(rows: "Rows", as_json: bool, as_csv: bool) -> bool:
    """Print rows for a program if it was asked for; return whether it was."""
    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other; name one")
    from culpa.analysis.report.records import csv_text, json_text

    if as_json:
        click.echo(json_text(rows.json()))
    elif as_csv:
        write(csv_text(rows.columns, rows.json(), for_terminal=sys.stdout.isatty()))
    return as_json or as_csv


def write(text: str) -> None:
    """Write text to stdout as it is; what its encoding cannot hold is written out as an escape."""
    encoding = sys.stdout.encoding or "utf-8"
    click.echo(text.encode(encoding, "backslashreplace"), nl=False)


def console() -> "Console":
    """Return a console on stdout: colours and links only on a terminal, nothing in a text is markup."""
    from rich.console import Console

    return Console(force_jupyter=False, markup=False, highlight=False, emoji=False, soft_wrap=False)


def show(draw: "Callable[[Console], None]") -> None:
    """Let `draw` print on a console on stdout, without trailing blanks where it is no terminal."""
    out = console()
    if out.is_terminal:
        draw(out)
        return
    with out.capture() as capture:
        draw(out)
    write("".join(f"{line.rstrip()}\n" for line in capture.get().splitlines()))


def say(text: str) -> None:
    """Tell people something; programs that read stdout do not see it."""
    click.echo(visible(text), err=True)


def counted(count: int, noun: str, nouns: str = "") -> str:
    """Return `1 request`, `2 requests`."""
    return f"{count} {noun}" if count == 1 else f"{count} {nouns or noun + 's'}"


def one_of(value: str, known: Sequence[str], what: str) -> str:
    """Return `value` if it is known. Errors: click.BadParameter with the names that are alike."""
    if not value or value in known:
        return value
    from difflib import get_close_matches

    alike = get_close_matches(value, known, n=3) or [name for name in known if value in name or name in value]
    raise click.BadParameter(f"{value!r} is no {what}; try {', '.join(alike or known)}")
