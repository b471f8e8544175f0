"""`culpa store verify STORE`: whether all of it can be read."""

from pathlib import Path

import click

from culpa.store.commands import Working


@click.command("verify", cls=Working, short_help="Read every row of every file, and say what is damaged or missing.")
@click.argument("store", type=click.Path(path_type=Path))
def command(store: Path) -> int:
    """Read every row of every file of a store to its end, and compare what is there with the store's own list.

    STORE is a store directory or a segment file. While a collector runs, its sealed files are read and the hot one is
    not. Nothing is changed.

    Exit status: 0 all that was read is whole; 1 something is damaged, missing or not listed; 2 there is no store.
    """
    from culpa.store.verifying.verify import verify

    done = verify(store)
    for name, rows in sorted(done.rows.items()):
        click.echo(f"{name}: {rows:,} rows read")
    for text in done.wrong:
        click.echo(f"culpa store verify: {text}", err=True)
    for text in done.notes:
        click.echo(f"culpa store verify: {text}", err=True)
    state = "all that was read is whole" if done.is_whole else f"{len(done.wrong)} things are wrong, see above"
    click.echo(f"culpa store verify: {store}: {state}", err=True)
    return 0 if done.is_whole else 1
