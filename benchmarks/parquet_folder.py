"""Measure a Parquet folder: bytes a span beside the sealed file of the same spans, and what writing and finding costs.

Run: python benchmarks/parquet_folder.py [--spans 500000]
"""

import tempfile
import time
from pathlib import Path

import click
import pyarrow.parquet as pq
from otlp_payloads import make_payloads
from sealed_size import _ours

from culpa.collector.parquet.address import address_of
from culpa.collector.parquet.storing import open_delivery
from culpa.collector.parquet.there import ParquetFolder

_ROOT = Path(__file__).parent.parent
_PER_BODY = 512
_STEP = 40


def _written(folder: Path, spans: int) -> tuple[int, int, float]:
    """Write the same bodies as `_ours`, 40 bodies a file; return spans, bytes and CPU seconds."""
    delivery, cpu_s = open_delivery(f"parquet://{folder}"), 0.0
    for seed in range(spans // (_PER_BODY * _STEP) + 1):
        some = [("traces", body, False) for body in make_payloads(_STEP, _PER_BODY, seed + 1)]
        began = time.process_time()
        delivery.post(some)
        cpu_s += time.process_time() - began
    files = list(folder.rglob("*.parquet"))
    count = sum(pq.read_metadata(one).num_rows for one in files)
    return count, sum(one.stat().st_size for one in files), cpu_s


def _found(folder: Path) -> tuple[int, float, float]:
    """Return traces that may hold a failed request, and seconds of wall clock and CPU to find them in all files."""
    wall, cpu = time.monotonic(), time.process_time()
    there = ParquetFolder(address_of(f"parquet://{folder}"), click.echo)
    found = sum(1 for _ in there.failing(0, 2**62))
    there.let_go()
    return found, time.monotonic() - wall, time.process_time() - cpu


@click.command()
@click.option("--spans", default=500_000, help="Spans in the folder, about.")
def main(spans: int) -> None:
    """Write, compare, ask."""
    with tempfile.TemporaryDirectory(dir=_ROOT / ".cache") as name:
        folder = Path(name) / "there"
        count, size, cpu = _written(folder, spans)
        ours, sealed = _ours(Path(name) / "store", spans)
        if count != ours:
            raise click.ClickException(f"{count} spans in the folder, {ours} sealed")
        files = sum(1 for _ in folder.rglob("*.parquet"))
        click.echo(
            f"{count:,} spans in {files} files: {size / count:.1f} B a span, sealed {sealed / count:.1f} B "
            f"({size / sealed:.2f} times); {cpu / count * 1e6:.0f} µs CPU a span to write"
        )
        found, wall_s, cpu_s = _found(folder)
        click.echo(
            f"{found} traces that may hold a failed request are found in {wall_s:.2f} s, "
            f"{cpu_s / count * 1e6:.2f} µs CPU a span"
        )


if __name__ == "__main__":
    main()
