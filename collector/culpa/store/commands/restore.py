"""`culpa store restore BACKUP NEW`: make a store of a backup."""

from pathlib import Path

import click

from culpa.store.commands import Working


@click.command("restore", cls=Working, short_help="Make a store of a backup, and read it to its end.")
@click.argument("backup", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
def command(backup: Path, new: Path) -> int:
    """Make the store directory NEW of a backup, and read every row of it.

    BACKUP is what `culpa store backup` wrote; it is not changed. NEW must not exist; a collector may be
    started with it then.

    Exit status: 0 NEW is there and whole; 1 the backup is not whole, and NEW is not there; 2 trouble.
    """
    from culpa.store.backup.backup import restore

    done = restore(backup, new)
    for text in done.wrong:
        click.echo(f"culpa store restore: {text}", err=True)
    if not new.exists():
        click.echo(
            f"culpa store restore: {backup} is not whole; `culpa store salvage` saves what can be read", err=True
        )
        return 1
    click.echo(f"culpa store restore: {new} holds {sum(done.rows.values()):,} rows, all of which were read", err=True)
    return 0
