"""`culpa store upgrade STORE`: bring a store of an earlier version to this one."""

from pathlib import Path

import click

from culpa.store.commands import Working


@click.command("upgrade", cls=Working, short_help="Bring a store of an earlier version to this one.")
@click.argument("store", type=click.Path(path_type=Path))
def command(store: Path) -> None:
    """Bring a store of an earlier version to this one, and say what was added; no row is changed or lost.

    A collector does so when it starts. Nobody may be writing the store. One of a newer version is refused.

    Exit status: 0 it is of this version; 2 it is not.
    """
    from culpa.store.upgrading import upgrade

    done = upgrade(store)
    for name in done.added:
        click.echo(name)
    if done.before == done.now:
        click.echo(f"culpa store upgrade: {store} is of this version already ({done.now})", err=True)
        return
    before = done.before or "one that kept no name"
    click.echo(
        f"culpa store upgrade: {store}: from form {before} to {done.now}; {len(done.added)} columns added", err=True
    )
