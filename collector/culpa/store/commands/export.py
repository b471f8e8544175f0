"""`culpa store export STORE DIR`: the rows as files for other tools."""

from pathlib import Path

import click

from culpa.store.arrow_alone import use_arrow_alone
from culpa.store.commands import Working, token_option
from culpa.store.since import NotATime, since_ns


def _moment(ctx: click.Context, param: click.Parameter, text: str | None) -> int:
    try:
        return since_ns(text)
    except NotATime as error:
        raise click.BadParameter(str(error)) from error


@click.command("export", cls=Working, short_help="Write the rows as Parquet or OTLP.")
@click.argument("store")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["parquet", "otlp"]),
    default="parquet",
    show_default=True,
    help="Parquet of each relation, or OTLP JSON lines of spans, logs and metrics.",
)
@click.option(
    "--compression", type=click.Choice(["none", "gzip", "zstd"]), help="Of OTLP; none without it. Parquet is zstd."
)
@click.option(
    "--since", callback=_moment, metavar="TIME", help="Only rows from then on: 15m, 1h, 2d back, or an ISO time."
)
@click.option("--until", callback=_moment, metavar="TIME", help="Only rows from before then.")
@token_option
def command(
    store: str, folder: Path, form: str, compression: str | None, since: int, until: int, token: str | None
) -> int:
    """Write the rows of a store into the new directory DIR: a Parquet file (zstd) for each relation, or one of OTLP.

    STORE is a store directory or a segment file that nobody writes, or the address of a running collector, whose store
    is copied into DIR first, and removed there. Of `problems` and `resources` all rows are written.

    Exit status: 0 all is written; 1 a sealed file could not be read, and the rest is written; 2 nothing is written.
    """
    use_arrow_alone()
    from culpa.store.exporting.export import export
    from culpa.store.exporting.otlp import OtlpFile
    from culpa.store.exporting.parquet import write_parquet

    if compression and form != "otlp":
        raise click.UsageError("--compression is of --format otlp; Parquet is compressed with zstd")
    write = OtlpFile(compression or "none") if form == "otlp" else write_parquet
    done = export(store, folder, write, since_ns=since, until_ns=until, token=token)
    for name, count in done.rows.items():
        click.echo(f"{folder / name}: {count:,} rows")
    for name in done.unread:
        click.echo(
            f"culpa store export: {name} cannot be read, so its rows are missing; see `culpa store verify`", err=True
        )
    return 1 if done.unread else 0
