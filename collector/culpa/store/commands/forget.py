"""`culpa store forget STORE`: take out what somebody asks to be forgotten."""

from pathlib import Path

import click

from culpa.store.commands import Working


@click.command(
    "forget", cls=Working, short_help="Take every row of a service, of a trace or with a text out of a store."
)
@click.argument("store", type=click.Path(path_type=Path))
@click.option(
    "--service", "services", multiple=True, metavar="NAME", help="What this service sent, and what is said of it."
)
@click.option("--trace", "traces", multiple=True, metavar="ID", help="What belongs to this trace: its whole id.")
@click.option("--text", "texts", multiple=True, metavar="TEXT", help="Rows in which this stands, in any letters' case.")
@click.option("--dry-run", is_flag=True, help="Say how many rows would go, and change nothing.")
def command(
    store: Path, services: tuple[str, ...], traces: tuple[str, ...], texts: tuple[str, ...], dry_run: bool
) -> int:
    """Take every row that is meant out of all files of a store that nobody writes, and write those files anew.

    Each option may be repeated; a row goes if one of them means it. --text looks into every text of a row, names and
    values of attributes too; a resource in which it stands goes with all that it sent.

    Exit status: 0 done, also where nothing is meant; 1 done, but a file beside the store may hold more; 2 not done.
    """
    from culpa.store.forgetting.forget import forget
    from culpa.store.forgetting.wish import Wish

    if not (services or traces or texts):
        raise click.UsageError("say what to forget: --service NAME, --trace ID or --text TEXT")
    if any(not value.strip() for value in (*services, *traces, *texts)):
        raise click.UsageError("an empty name or text means every row; name what to forget")
    done = forget(store, Wish(services, tuple(trace.lower() for trace in traces), texts), is_trial=dry_run)
    for name, count in done.rows.items():
        click.echo(f"{name}: {count:,} rows")
    for name in done.unlisted:
        click.echo(
            f"culpa store forget: {name} is no part of this store and was not looked into; delete it yourself", err=True
        )
    total = sum(done.rows.values())
    gone = "would go" if dry_run else "are gone; backups that were made before still hold them"
    state = f"{total:,} rows {gone}" if total else "no row of it is meant"
    click.echo(f"culpa store forget: {store}: {state}", err=True)
    return 1 if done.unlisted else 0
