"""`culpa store compact STORE`: make a store smaller."""

from pathlib import Path

import click

from culpa.store.commands import Working
from culpa.store.sizes import bytes_text


@click.command("compact", cls=Working, short_help="Seal what can be, merge small files, write the hot file anew.")
@click.argument("store", type=click.Path(path_type=Path))
def command(store: Path) -> None:
    """Make a store that nobody writes as small as its rows; a running collector does most of it by itself.

    Of a directory: rows of the hot file are sealed, small sealed files become one, dropped ones go, and the hot file is
    written anew. A single file is written anew. It needs room for the largest file once more.

    Exit status: 0 done; 2 not done, or not all of it.
    """
    from culpa.store.compacting import compact

    done = compact(store)
    for step in done.steps:
        click.echo(step)
    click.echo(
        f"culpa store compact: {store}: {bytes_text(done.before_bytes)} before, {bytes_text(done.after_bytes)} now",
        err=True,
    )
