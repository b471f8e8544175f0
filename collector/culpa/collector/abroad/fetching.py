"""Fetch traces that lie in another system."""

from collections.abc import Sequence

from culpa.collector.abroad.there import MOST_ROWS, Signal, Suspect, There
from culpa.collector.dialects.clickhouse import CLICKHOUSE
from culpa.collector.recorded import Report
from culpa.collector.recorded.foreign import ForeignTraces

#: What belongs to a trace begins at most so long before its failing span, and ends at most so long after.
_AROUND_NS = 3_600_000_000_000


def fetch(there: There, signal: Signal, some: Sequence[Suspect], foreign: ForeignTraces, report: Report) -> None:
    """Fetch the rows of traces; of one that has too many some are left there, which the report says."""
    counts: dict[str, int] = {}
    for rows in there.rows(signal, some):
        foreign.take(CLICKHOUSE, rows)
        for row in rows:
            trace_id = text(row["TraceId"])
            counts[trace_id] = counts.get(trace_id, 0) + 1
    for trace_id, count in counts.items():
        if count > MOST_ROWS:
            report.note(
                f"{there.place(signal)}: trace {trace_id} has more than {MOST_ROWS} rows; the others are left there"
            )


def around(some: Sequence[Suspect]) -> tuple[int, int]:
    """Return the time in which all that belongs to these traces lies, ns since 1970."""
    return (
        max(0, min(one.first_ns for one in some) - _AROUND_NS),
        max(one.last_ns for one in some) + _AROUND_NS,
    )


def text(value: object) -> str:
    """Return what an answer holds as bytes, or as text."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
