"""`culpa verdicts`: the failed requests, each with the component that failed."""

from typing import TYPE_CHECKING

import click

from culpa.analysis.commands.asking import (
    Asking,
    counted,
    form_options,
    print_records,
    say,
    session,
    show,
    store_options,
)
from culpa.analysis.commands.narrowing import filter_options
from culpa.analysis.surface.filters import Filters

if TYPE_CHECKING:
    from culpa.analysis.surface.rows import Rows
    from culpa.analysis.surface.session import Session

#: On a screen the newest are enough; programs get all unless they ask for fewer.
SHOWN = 50


@click.command("verdicts", cls=Asking)
@store_options
@filter_options
@form_options
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help=f"At most N, newest first  [table: {SHOWN}].")
@click.option("--strict", is_flag=True, help="Exit with 1 if any request failed; for CI.")
@click.pass_context
def command(
    ctx: click.Context,
    where: str | None,
    token: str | None,
    filters: Filters,
    as_json: bool,
    as_csv: bool,
    limit: int | None,
    strict: bool,
) -> None:
    """List failed requests, newest first, each with the component that failed and why."""
    with session(where, token) as s:
        is_table = not (as_json or as_csv)
        # One more than is shown tells whether there are more.
        wanted = (limit or SHOWN) + 1 if is_table else limit
        rows = s.verdicts(filters=filters, limit=wanted)
        if not print_records(rows, as_json, as_csv):
            _print_table(s, rows, limit or SHOWN)
    if strict and len(rows):
        ctx.exit(1)


def _print_table(s: "Session", rows: "Rows", limit: int) -> None:
    from culpa.analysis.report.verdicts import print_verdicts

    shown = rows[:limit]
    show(lambda out: print_verdicts(out, shown.json()))
    if not len(rows):
        # Who has just made a request fail asks a collector a moment too soon.
        is_live = s.where.startswith(("http://", "https://"))
        soon = "; one that has just failed is judged within seconds" if is_live else ""
        say(f"no failed request in {s.where} that fits{soon}")
    elif len(rows) > len(shown):
        say(f"the newest {len(shown)}; --limit N shows more, --json and --csv all")
    else:
        say(f"{counted(len(shown), 'failed request')}; `culpa explain TRACE` shows one of them whole")
