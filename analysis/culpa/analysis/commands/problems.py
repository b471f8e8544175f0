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


@click.command("problems", cls=Asking)
@store_options
@form_options
def command(where: str | None, token: str | None, as_json: bool, as_csv: bool) -> None:
    """List the problems behind the failed requests, those still going on first."""
    from culpa.analysis.report.problems import print_problems

    with session(where, token) as s:
        rows = s.problems()
        if print_records(rows, as_json, as_csv):
            return
        show(lambda out: print_problems(out, rows.json()))
        say(counted(len(rows), "problem") if len(rows) else f"no problem in {s.where}")
