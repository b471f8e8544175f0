"""`culpa verdicts`: the failed requests, each with the component that failed."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from culpa.analysis.commands.asking import (
    Asking,
    Since,
    counted,
    form_options,
    one_of,
    print_records,
    say,
    session,
    show,
    store_options,
)
from culpa.knowledge import LAYERS, causes

if TYPE_CHECKING:
    from culpa.analysis.surface.rows import Rows
    from culpa.analysis.surface.session import Session

#: On a screen the newest are enough; programs get all unless they ask for fewer.
SHOWN = 50


def _cause(ctx: click.Context, param: click.Parameter, value: str) -> str:
    return one_of(value, (*LAYERS, *causes()), "cause and no layer")


@click.command("verdicts", cls=Asking)
@store_options
@click.option("--since", type=Since(), metavar="TIME", help="15m, 1h, 2d back from now, or an ISO time.")
@click.option("--service", default="", metavar="NAME", help="Only requests in which this service had a part.")
@click.option("--cause", default="", metavar="CAUSE", callback=_cause, help="Only this cause, or layer (database).")
@form_options
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help=f"At most N, newest first  [table: {SHOWN}].")
@click.option("--strict", is_flag=True, help="Exit with 1 if any request failed; for CI.")
@click.pass_context
def command(
    ctx: click.Context,
    where: str | None,
    token: str | None,
    since: int | None,
    service: str,
    cause: str,
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
        rows = s.verdicts(since=_time(since), service=service, cause=cause, limit=wanted)
        if not print_records(rows, as_json, as_csv):
            _print_table(s, rows, limit or SHOWN)
    if strict and len(rows):
        ctx.exit(1)


def _time(since: int | None) -> datetime | None:
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=since // 1000) if since else None


def _print_table(s: "Session", rows: "Rows", limit: int) -> None:
    from culpa.analysis.report.verdicts import print_verdicts

    shown = rows[:limit]
    show(lambda out: print_verdicts(out, shown.json()))
    if not len(rows):
        say(f"no failed request in {s.where} that fits")
    elif len(rows) > len(shown):
        say(f"the newest {len(shown)}; --limit N shows more, --json and --csv all")
    else:
        say(f"{counted(len(shown), 'failed request')}; `culpa explain TRACE` shows one of them whole")
