"""`culpa store backup STORE DEST`: a copy of what a store holds now."""

from pathlib import Path

import click

from culpa.store.commands import Working, token_option
from culpa.store.sizes import bytes_text


@click.command("backup", cls=Working, short_help="Copy what a store holds now, also of a running collector.")
@click.argument("store")
@click.argument("dest", type=click.Path(path_type=Path))
@token_option
def command(store: str, dest: Path, token: str | None) -> int:
    """Copy what a store holds at this moment to the directory DEST.

    STORE is a store directory or a segment file that nobody writes, or the address of a running collector, which goes
    on. DEST is new, or an earlier backup: that is replaced when the new one is whole, and sealed files that it has are
    not copied again. DEST can be read as every store is.

    Exit status: 0 it is whole; 1 a sealed file that the store lists is not there; 2 no backup was made.
    """
    from culpa.store.backup.backup import backup

    kept = backup(store, dest, token)
    for name in kept.missing:
        click.echo(f"culpa store backup: {name} is listed and is not there; see `culpa store verify`", err=True)
    click.echo(
        f"culpa store backup: {bytes_text(kept.bytes)} copied; {dest} has the hot file and {kept.sealed} sealed ones",
        err=True,
    )
    return 1 if kept.missing else 0
