"""What a trace is about, in a few words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from culpa.traces.reader import Row


@dataclass(frozen=True)
class Summary:
    """Who began it and when it was; '' where no outermost span came. Units: ns since 1970."""

    root_service: str
    root_name: str
    began_ns: int
    ended_ns: int


def summary_of(rows: Sequence[Row]) -> Summary:
    """Return the summary of one trace. Shape: rows of sql/trace_summaries.sql, at least one."""
    rooted = [row for row in rows if row["root_ns"] >= 0]
    root = min(rooted, key=lambda row: int(row["root_ns"]), default={"service_name": "", "root_name": ""})
    began_ns, ended_ns = min(row["began_ns"] for row in rows), max(row["ended_ns"] for row in rows)
    return Summary(root["service_name"], root["root_name"], began_ns, ended_ns)
