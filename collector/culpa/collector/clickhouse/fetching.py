"""Ask a ClickHouse which traces may hold a failed request, and fetch these."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from culpa.collector.clickhouse.client import Client, Parameter
from culpa.collector.clickhouse.questions import MOST_ROWS, counts_of, failing, rows_of
from culpa.collector.clickhouse.shares import Share, overdue_ns
from culpa.collector.clickhouse.tables import Table, Tables
from culpa.collector.dialects import ids
from culpa.collector.dialects.clickhouse import CLICKHOUSE
from culpa.collector.recorded import Report
from culpa.collector.recorded.foreign import ForeignTraces

#: What belongs to a trace begins at most so long before its failing span, and ends at most so long after.
_AROUND_NS = 3_600_000_000_000


class Suspect(NamedTuple):
    """A trace that may hold a failed request, times in ns since 1970."""

    trace_id: str  # as it is written there
    first_ns: int
    last_ns: int

    @property
    def local_id(self) -> str:
        """Return its id as the store writes it."""
        return ids.trace_id(self.trace_id)


def suspects(
    client: Client, traces: Table, since_ns: int, until_ns: int, *, closed: str, share: Share, now_ns: int
) -> Iterator[Suspect]:
    """Yield what may be due for one judge, oldest first; `closed` is a question for what nobody has to look at."""
    asked: dict[str, Parameter] = {"since_ns": since_ns, "until_ns": until_ns}
    if share.of > 1:
        asked |= {"judges": share.of, "number": share.number, "overdue_ns": overdue_ns(now_ns)}
    for rows in client.query(failing(traces, closed=closed, is_shared=share.of > 1), asked):
        for row in rows:
            yield Suspect(text(row["TraceId"]), int(row["first_ns"]), int(row["last_ns"]))


def row_counts(client: Client, tables: Tables, some: Sequence[Suspect]) -> dict[str, int]:
    """Return how many rows of traces lie there."""
    counts: dict[str, int] = {}
    for of in tables if some else ():
        for rows in client.query(counts_of(of), _around(some)) if of else ():
            for row in rows:
                trace_id = text(row["TraceId"])
                counts[trace_id] = counts.get(trace_id, 0) + int(row["n"])
    return counts


def fetch(client: Client, of: Table, some: Sequence[Suspect], foreign: ForeignTraces, report: Report) -> None:
    """Fetch the rows of traces; of one that has too many some are left there, which the report says."""
    counts: dict[str, int] = {}
    for rows in client.query(rows_of(of), _around(some)):
        foreign.take(CLICKHOUSE, rows)
        for row in rows:
            trace_id = text(row["TraceId"])
            counts[trace_id] = counts.get(trace_id, 0) + 1
    for trace_id, count in counts.items():
        if count > MOST_ROWS:
            report.note(f"{of.name}: trace {trace_id} has more than {MOST_ROWS} rows; the others are left there")


def _around(some: Sequence[Suspect]) -> Mapping[str, Parameter]:
    return {
        "since_ns": max(0, min(one.first_ns for one in some) - _AROUND_NS),
        "until_ns": max(one.last_ns for one in some) + _AROUND_NS,
        "trace_ids": [one.trace_id for one in some],
    }


def text(value: object) -> str:
    """Return what an answer holds as bytes."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
