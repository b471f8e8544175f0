"""`culpa store salvage DAMAGED NEW`: save what can be read."""

from pathlib import Path

import click

from culpa.store.arrow_alone import use_arrow_alone
from culpa.store.commands import StoreTrouble, Working


@click.command("salvage", cls=Working, short_help="Write all that can be read of a damaged store into a new one.")
@click.argument("damaged", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
def command(damaged: Path, new: Path) -> int:
    """Write all that can be read of a damaged store into a new one, and say what was saved and what is lost.

    DAMAGED is a segment file or a store directory that nobody writes; it is not changed. Sealed files that are whole
    are copied, others saved like the hot one. NEW must not exist: a
    directory, or a file if its name ends in .duckdb.

    Exit status: 0 nothing is known to be lost; 1 something is; 2 nothing could be saved.
    """
    use_arrow_alone()
    from culpa.store.salvage import salvage

    try:
        done = salvage(damaged, new)
    except OSError as error:
        raise StoreTrouble(f"cannot write {new}: {error.strerror or error}; name another place") from error
    width = max(len(one.of) for one in done.parts)
    click.echo(f"{'rows of':{width}}  {'saved':>12}  {'lost':>12}")
    for one in done.parts:
        if one.saved or one.lost:
            click.echo(f"{one.of:{width}}  {one.saved:12,}  {one.lost:12,}")
    for note in done.notes:
        click.echo(f"culpa store salvage: {note}", err=True)
    state = "nothing is known to be lost" if done.is_whole else "what is lost is told above"
    click.echo(f"culpa store salvage: {new} holds what could be read of {damaged}; {state}", err=True)
    return 0 if done.is_whole else 1
