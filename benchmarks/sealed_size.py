"""Measure bytes a span of a sealed file, beside ClickHouse with the tables of OpenTelemetry's exporter, of the same spans.

ClickHouse runs in a process (chDB, from `make clickhouse`); its tables are merged into one part before they are measured.
Run: python benchmarks/sealed_size.py [--spans 1000000]
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
from otlp_payloads import json_of, make_payloads

_ROOT = Path(__file__).parent.parent
_CLICKHOUSE = _ROOT / ".cache" / "clickhouse" / "bin" / "python"
_PER_BODY = 512
_STEP = 40


def _bodies(spans: int) -> Iterator[list[bytes]]:
    """Yield bodies in groups, always the same; each group from other traces."""
    for seed in range(spans // (_PER_BODY * _STEP) + 1):
        yield make_payloads(_STEP, _PER_BODY, seed + 1)


def _ours(folder: Path, spans: int) -> tuple[int, int]:
    """Return spans, and bytes of the sealed files that hold them and their exceptions."""
    from culpa.collector.decode import decode
    from culpa.collector.writer import Additions
    from culpa.store import DuckDBStore, hot_rows, seal

    folder.mkdir()
    with DuckDBStore(folder, writable=True, shared=True) as store:
        additions = Additions(store)
        for group in _bodies(spans):
            additions.add(decode("traces", group).tables)
        [(count,)] = store.connection.execute("select count(*) from segment.data.spans").fetchall()
        sealed = seal(store, hot_rows(store))
        if sealed is None:
            raise click.ClickException("nothing was sealed")
        return count, sealed.place(folder).stat().st_size


def _theirs(folder: Path, spans: int) -> tuple[int, int]:
    """Return spans, and bytes of the exporter's table of them; runs under the Python that has chDB."""
    import clickhouse_connect

    sys.path.insert(0, str(_ROOT / "tests" / "collector" / "clickhouse"))
    import fill

    client = clickhouse_connect.get_client(dsn=f"chdb:///{folder}")
    client.command(fill.tables("map-new-logs")["otel_traces"])
    for group in _bodies(spans):
        rows = fill.spans([json.loads(json_of(body)) for body in group], "map-new-logs")
        client.raw_insert("otel_traces", insert_block="\n".join(map(json.dumps, rows)).encode(), fmt="JSONEachRow")
    client.command("optimize table otel_traces final")
    asked = "select sum(rows), sum(bytes_on_disk) from system.parts where active and table = 'otel_traces'"
    [(count, size)] = client.query(asked).result_rows
    client.close()
    return int(count), int(size)


@click.command()
@click.option("--spans", default=1_000_000, help="Spans in each store, about.")
@click.option("--most", default=1.05, help="Fail if a span takes more than so many times what it takes there.")
@click.option("--inside", hidden=True, default="", help="Measure ClickHouse in this folder, and print JSON.")
def main(spans: int, most: float, inside: str) -> None:
    """Write the same spans into both, and compare."""
    if inside:
        click.echo(json.dumps(_theirs(Path(inside), spans)))
        return
    if not _CLICKHOUSE.exists():
        raise click.ClickException(f"no {_CLICKHOUSE}; run `make clickhouse`")
    with tempfile.TemporaryDirectory(dir=_ROOT / ".cache") as name:
        count, size = _ours(Path(name) / "store", spans)
        command = [str(_CLICKHOUSE), __file__, "--spans", str(spans), "--inside", f"{name}/clickhouse"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    their_count, their_size = json.loads(done.stdout.splitlines()[-1])
    if count != their_count:
        raise click.ClickException(f"{count} spans here, {their_count} there")
    ratio = size / their_size
    click.echo(
        f"{count:,} spans: {size / count:.1f} B a span sealed, {their_size / count:.1f} B in ClickHouse with the "
        f"exporter's tables ({ratio:.2f} times)"
    )
    if ratio > most:
        raise click.ClickException(f"more than {most} times")


if __name__ == "__main__":
    main()
