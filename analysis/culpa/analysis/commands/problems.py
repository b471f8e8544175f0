"""`culpa problems`: what is behind the failed requests, one line for each problem."""

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

#: On a screen the worst are enough; programs get all unless they ask for fewer.
SHOWN = 50


@click.command("problems", cls=Asking)
@store_options
@filter_options
@form_options
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help=f"At most N  [table: {SHOWN}].")
def command(
    where: str | None, token: str | None, filters: Filters, as_json: bool, as_csv: bool, limit: int | None
) -> None:
    """List the problems behind the failed requests, those still going on first."""
    from culpa.analysis.report.problems import print_problems

    with session(where, token) as s:
        most = limit or SHOWN
        # One more than is shown tells whether there are more.
        rows = s.problems(filters=filters, limit=limit if as_json or as_csv else most + 1)
        if print_records(rows, as_json, as_csv):
            return
        shown = rows[:most]
        show(lambda out: print_problems(out, shown.json()))
        if not len(rows):
            say(f"no problem in {s.where}" + (" that fits" if filters.is_set else ""))
        elif len(rows) > most:
            say(f"the first {counted(most, 'problem')}; --limit N shows more, --json and --csv all")
        else:
            say(f"{counted(len(rows), 'problem')}; `culpa explain PROBLEM` shows a request of one of them whole")
