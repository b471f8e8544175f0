"""Judge what failed in a window: find the traces in a ClickHouse, fetch these, settle them in a local store."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from culpa.collector.clickhouse import table
from culpa.collector.clickhouse.address import address_of
from culpa.collector.clickhouse.client import Client, Parameter, connected
from culpa.collector.clickhouse.questions import (
    MOST_ROWS,
    MOST_TRACES,
    Table,
    Tables,
    counts_of,
    failing,
    recognised,
    rows_of,
)
from culpa.collector.dialects import ids
from culpa.collector.dialects.clickhouse import CLICKHOUSE
from culpa.collector.recorded import Gathering, Report
from culpa.collector.recorded.foreign import ForeignTraces
from culpa.store import DuckDBStore

#: Traces that are fetched and judged at once.
_BATCH = 200
#: What belongs to a trace begins at most so long before its failing span, and ends at most so long after.
_AROUND_NS = 3_600_000_000_000
_SIZES = """
    select trace_id, sum(n)::bigint as n from (
        select trace_id, count(*) as n from spans where list_contains($wanted, trace_id) group by all
        union all
        select trace_id, count(*) as n from logs where list_contains($wanted, trace_id) group by all
    ) group by all
"""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be judged, and who does it; times in ns since 1970."""

    where: str
    into: Path
    since_ns: int
    until_ns: int
    settle: Callable[[DuckDBStore, Sequence[str]], None]
    say: Callable[[str], None]
    is_written: bool = False  # whether the table of verdicts there gets them
    judged_ns: int = 0  # verdicts that were judged until then stand in that table already


class Judged(NamedTuple):
    """What a window held."""

    address: str
    found: int  # traces that may hold a failed request
    changed: tuple[str, ...]  # those of them of which something was new, and which were judged
    until_ns: int  # up to then all is judged
    is_cut: bool  # since the window held too much
    written_ns: int = 0


class Suspect(NamedTuple):
    """A trace that may hold a failed request, times in ns since 1970."""

    trace_id: str  # as it is written there
    first_ns: int
    last_ns: int

    @property
    def local_id(self) -> str:
        """Return its id as the store writes it."""
        return ids.trace_id(self.trace_id)


def judge_once(order: Order) -> Judged:
    """Judge one window. Errors: StoreError; ModuleNotFoundError without the extra `clickhouse`."""
    with connected(address_of(order.where)) as client:
        tables = recognised(client)
        with DuckDBStore(order.into, writable=True) as store:
            judged = _judge_window(client, tables, store, order)
            if order.is_written:
                judged = judged._replace(written_ns=table.write(client, store, order.since_ns, order.judged_ns))
            store.checkpoint()
    return judged


def _judge_window(client: Client, tables: Tables, store: DuckDBStore, order: Order) -> Judged:
    """Judge one window; a trace that the store holds whole is not fetched again."""
    suspects = list(_suspects(client, tables.traces, order.since_ns, order.until_ns))
    is_cut = len(suspects) > MOST_TRACES
    del suspects[MOST_TRACES:]
    until_ns = suspects[-1].first_ns if is_cut else order.until_ns
    report = Report(command="judge")
    gathering = Gathering(store, report)
    changed: list[str] = []
    rest = iter(suspects)
    while some := list(islice(rest, _BATCH)):
        before = _sizes(store, [one.local_id for one in some])
        there = _counts(client, tables, [one for one in some if one.local_id in before])
        some = [one for one in some if one.local_id not in before or before[one.local_id] != there.get(one.trace_id)]
        if not some:
            continue
        # Logs first: of an exception that a record and a span tell, the record is mostly the one that was sent first.
        for of in (*([tables.logs] if tables.logs else []), tables.traces):
            _fetch(client, of, some, ForeignTraces(gathering, report, Path(of.name)), report)
        gathering.finish()
        after = _sizes(store, [one.local_id for one in some])
        new = [one.local_id for one in some if after.get(one.local_id) != before.get(one.local_id)]
        if new:
            order.settle(store, new)
        changed += new
    return Judged(str(client.address), len(suspects), tuple(changed), until_ns, is_cut)


def _suspects(client: Client, traces: Table, since_ns: int, until_ns: int) -> Iterator[Suspect]:
    for rows in client.query(failing(traces), {"since_ns": since_ns, "until_ns": until_ns}):
        for row in rows:
            yield Suspect(_text(row["TraceId"]), int(row["first_ns"]), int(row["last_ns"]))


def _around(some: Sequence[Suspect]) -> dict[str, Parameter]:
    return {
        "since_ns": max(0, min(one.first_ns for one in some) - _AROUND_NS),
        "until_ns": max(one.last_ns for one in some) + _AROUND_NS,
        "trace_ids": [one.trace_id for one in some],
    }


def _counts(client: Client, tables: Tables, some: Sequence[Suspect]) -> dict[str, int]:
    """Return how many rows of traces lie there."""
    counts: dict[str, int] = {}
    for of in tables if some else ():
        for rows in client.query(counts_of(of), _around(some)) if of else ():
            for row in rows:
                trace_id = _text(row["TraceId"])
                counts[trace_id] = counts.get(trace_id, 0) + int(row["n"])
    return counts


def _fetch(client: Client, of: Table, some: Sequence[Suspect], foreign: ForeignTraces, report: Report) -> None:
    counts: dict[str, int] = {}
    for rows in client.query(rows_of(of), _around(some)):
        foreign.take(CLICKHOUSE, rows)
        for row in rows:
            trace_id = _text(row["TraceId"])
            counts[trace_id] = counts.get(trace_id, 0) + 1
    for trace_id, count in counts.items():
        if count > MOST_ROWS:
            report.note(f"{of.name}: trace {trace_id} has more than {MOST_ROWS} rows; the others are left there")


def _sizes(store: DuckDBStore, wanted: Sequence[str]) -> dict[str, Any]:
    rows = store.query(_SIZES, {"wanted": list(wanted)}).to_pylist()
    return {row["trace_id"]: row["n"] for row in rows}


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
