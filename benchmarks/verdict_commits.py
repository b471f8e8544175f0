"""Measure what a commit of verdicts costs in stores that hold more and more of them: CPU and time must not grow.

A commit holds a hundred verdicts, as a batch of the settler does: half of requests that are new, half of requests that
were judged in the commit before. Commits alternate over the stores, so that ratios hold whatever else runs here.
Run: python benchmarks/verdict_commits.py [--commits 30] [--most 3]
"""

import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import click
import pyarrow as pa

from culpa.store import DuckDBStore, arrow_schema

SIZES = (10_000, 100_000, 1_000_000)
PER_COMMIT = 100
_BEGAN_NS = 1_795_000_000 * 10**9
_APART_NS = 10**9

#: Judged in the order in which they failed.
_FILL = """
insert into segment.data.verdict_revisions by name
select
    md5('t' || r.i) as trace_id, left(md5('s' || r.i), 16) as request_span_id, make_timestamp_ns({began} + r.i * {apart}) as ended_at,
    'GET' as method, '/r' || r.i % 200 as route, '/r' || r.i % 200 as path, 500 as status, true as surfaced, false as truncated,
    'shop' as service, 'database' as layer, 'postgresql://db:5432/shop' as component, 'database.deadlock' as cause,
    'table ' || r.i % 900 as "object", 0.9 as confidence, 'app/stock.py:12 view' as location, 'DeadlockDetected' as exception_type,
    'deadlock detected' as exception_message, '1:' || left(md5('p' || r.i % 900), 16) as fingerprint, '' as change, '' as runner_up,
    [] as evidence, [] as missing, 'database.deadlock' as runbook, true as settled,
    make_timestamp_ns({began} + r.i * {apart} + 500000000) as judged_at, 'bench' as rules_version, false as withdrawn,
    ['shop'] as services, [] as joined, false as superseded
from range({first}, {last}) as r(i)
"""


class Standing:
    """A store with so many verdicts, and what commits to it took."""

    def __init__(self, path: Path, size: int, stack: ExitStack) -> None:
        """Fill a new segment."""
        self.size = size
        self.number = size
        self.cpu_ms: list[float] = []
        self.wall_ms: list[float] = []
        self.store = stack.enter_context(DuckDBStore(path, writable=True, shared=True))
        for first in range(0, size, 100_000):
            last = min(size, first + 100_000)
            with self.store.transaction() as cursor:
                cursor.execute(_FILL.format(began=_BEGAN_NS, apart=_APART_NS, first=first, last=last))
        self.store.checkpoint()

    def commit(self) -> None:
        """Commit a hundred verdicts, half of them of what the commit before judged."""
        half = PER_COMMIT // 2
        rows = [self._row(number) for number in range(self.number - half, self.number + half)]
        self.number += half
        table = pa.Table.from_pylist(rows, schema=arrow_schema("verdict_revisions"))
        began, used = time.perf_counter(), time.process_time()
        self.store.write({"verdict_revisions": table}, rows[0]["ended_at"] - 3600 * 10**9)
        self.cpu_ms.append(1e3 * (time.process_time() - used))
        self.wall_ms.append(1e3 * (time.perf_counter() - began))

    def _row(self, number: int) -> dict[str, object]:
        absent = {pa.string(): "", pa.bool_(): False}
        [(trace_id, span_id)] = self.store.connection.execute(
            "select md5('t' || $n), left(md5('s' || $n), 16)", {"n": number}
        ).fetchall()
        row: dict[str, object] = {
            field.name: [] if pa.types.is_list(field.type) else absent.get(field.type, 0)
            for field in arrow_schema("verdict_revisions")
        }
        ended_ns = _BEGAN_NS + number * _APART_NS
        return row | {
            "trace_id": trace_id, "request_span_id": span_id, "ended_at": ended_ns, "judged_at": time.time_ns(),
            "cause": "database.deadlock", "fingerprint": "1:0123456789abcdef",
        }  # fmt: skip

    def check(self) -> None:
        """Fail if not exactly one revision of each request counts."""
        counted = "select count(*), count(distinct trace_id) from segment.data.verdict_revisions where not superseded"
        [found] = self.store.connection.execute(counted).fetchall()
        if found != (self.number, self.number):
            raise click.ClickException(f"{found} verdicts stand where {self.number} should")


@click.command()
@click.option("--commits", default=30, help="Commits into each store; medians are reported.")
@click.option("--most", default=3.0, help="Fail if a commit costs more CPU than so many times that into the smallest.")
def main(commits: int, most: float) -> None:
    """Commit to stores of several sizes, in turn."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder, ExitStack() as stack:
        stores = [Standing(Path(folder) / f"{size}.duckdb", size, stack) for size in SIZES]
        for _ in range(commits):
            for one in stores:
                one.commit()
        for one in stores:
            one.check()
    least = statistics.median(stores[0].cpu_ms)
    click.echo(f"commits of {PER_COMMIT} verdicts; medians of {commits}")
    for one in stores:
        cpu_ms, wall_ms = statistics.median(one.cpu_ms), statistics.median(one.wall_ms)
        slowest = sorted(one.wall_ms)[-max(1, commits // 20)]
        click.echo(
            f"{one.size:9,} verdicts: {cpu_ms:7.1f} ms CPU ({cpu_ms / least:4.1f} times the smallest)  "
            f"{wall_ms:7.1f} ms, the slowest of twenty {slowest:7.1f} ms"
        )
    if statistics.median(stores[-1].cpu_ms) > most * least:
        raise click.ClickException("a commit of verdicts gets dearer as the store grows")


if __name__ == "__main__":
    main()
