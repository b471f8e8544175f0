"""Lines of a web server's error log that name no trace: which requests they are about, known by connection and time.

Such a line may come after its request was judged; of an answer that broke off after a good status it is the only sign.
"""

from dataclasses import dataclass
from importlib.resources import files

import pyarrow as pa
import pyarrow.compute as pc

from culpa.knowledge import with_sayings
from culpa.store import DuckDBStore

#: The access line comes when the request has ended, and lines of some seconds are looked up together.
_WAIT_S = 5.0
#: Lines that wait at most; in a storm of them the requests show themselves to be failures.
_MOST = 5_000
#: OTLP's number for a warning.
_LEAST_SEVERITY = 13
#: Parts of a request that began before the web server's line of it: those of a client that sends spans.
_BEFORE_NS = 60_000_000_000

_KEPT = ("service_name", "process_pid", "connection_id", "body")


@dataclass(frozen=True, slots=True)
class Found:
    """Traces that lines were about, those among them whose answer broke off, and how far back their rows go (ns)."""

    trace_ids: list[str]
    cut: list[str]
    since_ns: int


class Strays:
    """Lines whose requests are not looked up yet. Not for several threads at once."""

    def __init__(self) -> None:
        """Know of no line."""
        self._lines: list[dict[str, object]] = []
        self._due_at = float("inf")

    @property
    def due_at(self) -> float:
        """Return when `take` should be called; inf while there are no lines."""
        return self._due_at

    def notice(self, logs: pa.Table | None, now: float) -> bool:
        """Keep the lines among these records that name a connection and no trace, and say whether there are any."""
        if logs is None or not logs.num_rows or len(self._lines) >= _MOST:
            return False
        lines = logs.filter(
            (pc.field("trace_id") == "")
            & (pc.field("connection_id") != "")
            & (pc.field("severity_number") >= _LEAST_SEVERITY)
        )
        if not lines.num_rows:
            return False
        times = lines.column("time").cast(pa.int64())
        self._lines += lines.select(_KEPT).append_column("time_ns", times).to_pylist()
        self._due_at = min(self._due_at, now + _WAIT_S)
        return True

    def take(self, now: float) -> list[dict[str, object]]:
        """Return the lines if it is time to look them up, and forget them."""
        if now < self._due_at:
            return []
        lines, self._lines, self._due_at = self._lines, [], float("inf")
        return lines


def requests_of(store: DuckDBStore, lines: list[dict[str, object]]) -> Found:
    """Look up the requests that these lines are about. Errors: duckdb.Error."""
    sql = with_sayings((files("culpa.collector.settler") / "sql" / "stray_lines.sql").read_text("utf-8"))
    with store.cursor() as cursor:
        cursor.register("strays", pa.Table.from_pylist(lines))
        rows = cursor.execute(sql).fetchall()
    since_ns = max(0, min((start_ns for _, _, start_ns in rows), default=0) - _BEFORE_NS)
    return Found([row[0] for row in rows], [row[0] for row in rows if row[1]], since_ns)
