"""Problems worked out of the verdicts of all judges, by the SQL that works them out everywhere.

A row is made of what lies in ClickHouse alone, so all judges come to the same one, in whatever order they write.
Verdicts come here by the minute, each with how many it stands for, and so does the traffic of their places.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from culpa.collector.abroad.traffic import Traffic
from culpa.collector.clickhouse import problems, table
from culpa.collector.clickhouse.client import Client, Parameter, quoted
from culpa.collector.clickhouse.there import ClickHouse
from culpa.store import DuckDBStore, arrow_schema, ns_rows

_S = 1_000_000_000
#: Problems are worked out so often, by whichever judge comes first.
EVERY_NS = 20 * _S
#: Verdicts may be seen so long after the time that stands on them: judges write at different times, and clocks differ.
_LATE_NS = 300 * _S
#: Shares are those of the last day: to count what came before would take a scan of all spans.
_DAY_NS = 86_400 * _S
#: What is older tells of a problem when it began, and how many requests it had.
_MONTH_NS = 31 * _DAY_NS
#: Said anew only where it is another one to whoever reads it.
_CHANGING = frozenset({"share", "written_at", "sampled_one_in"})

_TOUCHED = (
    f"select distinct fingerprint from {quoted(table.NAME)} final "
    "where judged_at >= fromUnixTimestamp64Nano({since_ns:Int64})"
)
_KEPT = "t.fingerprint in {some:Array(String)} and not t.withdrawn and not t.truncated"
_NEWEST = ("trace_id", "request_span_id", "service", "layer", "component", "cause", "object")
_MINUTES = (
    "select t.fingerprint as fingerprint, t.route as route, if(t.route = '', t.path, '') as place, t.kind as kind, "
    "sum(greatest(t.sampled_one_in, 1)) as weight, max(toUnixTimestamp64Nano(t.ended_at)) as ended_ns, "
    + ", ".join(f"argMax(t.{name}, (t.ended_at, t.request_span_id)) as {name}" for name in _NEWEST)
    + ", argMin(t.change, (t.change = '', t.ended_at)) as change "
    f"from {quoted(table.NAME)} as t final where {_KEPT} and t.ended_at >= fromUnixTimestamp64Nano({{since_ns:Int64}}) "
    "group by t.fingerprint, t.route, place, t.kind, toStartOfMinute(t.ended_at)"
)
_SUMS = (
    "select t.fingerprint as fingerprint, count() as requests, sum(greatest(t.sampled_one_in, 1)) as weight, "
    "min(toUnixTimestamp64Nano(t.ended_at)) as first_ns "
    f"from {quoted(table.NAME)} as t final where {_KEPT} group by t.fingerprint"
)
_PROBLEMS = """
    with recent as (
        select v.fingerprint, sum(sampling_weight(s.sampled_one_in)) as weight
        from failures as v left join spans as s on v.trace_id = s.trace_id and v.request_span_id = s.span_id
        where v.ended_at >= make_timestamp_ns($day_ns) group by v.fingerprint
    ),
    begun as (
        select distinct v.fingerprint, v.route, greatest($day_ns, epoch_ns(p.first_seen) - 60000000000) as from_ns
        from failures as v join problem_rows($all, false) as p on v.fingerprint = p.fingerprint where v.route <> ''
    ),
    asked as (
        select b.fingerprint, sum(sampling_weight(s.sampled_one_in)) as requests
        from begun as b join spans as s on b.route = s.http_route and epoch_ns(s.start_time) >= b.from_ns
        group by b.fingerprint
    )
    select
        p.* exclude (releases, unattributed, share, persistent, requests, sampled_one_in),
        coalesce(r.weight, 0) / greatest(coalesce(r.weight, 0), coalesce(a.requests, 0), 1) as share
    from problem_rows($all, false) as p
    left join recent as r on p.fingerprint = r.fingerprint
    left join asked as a on p.fingerprint = a.fingerprint
"""
_FORGET = (
    "delete from segment.data.spans where span_id in "
    "(select r.request_span_id from segment.data.verdict_revisions as r where list_contains($some, r.fingerprint))",
    "delete from segment.data.verdict_revisions where list_contains($some, fingerprint)",
)


class Board:
    """What one judge knows of the problems of all."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._folder = TemporaryDirectory(prefix="culpa-problems-", ignore_cleanup_errors=True)
        self._store = DuckDBStore(Path(self._folder.name) / "board.duckdb", writable=True)
        self._traffic: Traffic | None = None
        self._seen_ns = 0
        self._sums: dict[str, dict[str, Any]] = {}

    def write(self, there: ClickHouse, *, is_due: bool) -> None:
        """Write what changed of the problems, if that is due or was not done lately by anybody. Errors: StoreError."""
        now_ns, client = time.time_ns(), there.client
        held = {str(row["fingerprint"]): row for row in problems.read(client).to_pylist()}
        newest = max((int(row["written_at"]) for row in held.values()), default=0)
        if not is_due and now_ns - newest < EVERY_NS:
            return
        self._learn(client, now_ns)
        self._traffic = self._traffic or Traffic(self._store, there, with_failed=True)
        self._traffic.count(now_ns - _DAY_NS, now_ns)
        rows = self._rows(held, now_ns)
        rows += [
            row | {"requests": 0, "state": "resolved", "written_at": now_ns}
            for fingerprint, row in held.items()
            if row["requests"] and fingerprint not in self._sums
        ]
        problems.write(client, [row for row in rows if _differs(row, held.get(row["fingerprint"]))])

    def _learn(self, client: Client, now_ns: int) -> None:
        """Bring the verdicts of all problems of which something was judged since."""
        asked: dict[str, Parameter] = {"since_ns": max(0, self._seen_ns - _LATE_NS)}
        touched = [str(row["fingerprint"]) for row in client.table(_TOUCHED, asked).to_pylist()]
        self._seen_ns = now_ns
        if not touched:
            return
        some: dict[str, Parameter] = {"some": touched, "since_ns": max(0, now_ns - _MONTH_NS)}
        for fingerprint in touched:
            self._sums.pop(fingerprint, None)
        for row in client.table(_SUMS, {"some": touched}).to_pylist():
            self._sums[str(row["fingerprint"])] = row
        minutes = client.table(_MINUTES, some).to_pylist()
        with self._store.transaction() as cursor:
            for statement in _FORGET:
                cursor.execute(statement, {"some": touched})
        self._store.write({"verdict_revisions": _verdicts(minutes), "spans": _requests(minutes)})

    def _rows(self, held: dict[str, dict[str, Any]], now_ns: int) -> list[dict[str, Any]]:
        all_of_them: list[str] = list(self._sums)
        found: list[dict[str, Any]] = []
        chosen = self._store.query(_PROBLEMS, {"all": all_of_them, "day_ns": now_ns - _DAY_NS})
        for row in ns_rows(chosen):
            sums = self._sums[row["fingerprint"]]
            before = held.get(row["fingerprint"], {})
            found.append(
                row
                | {
                    "first_seen": sums["first_ns"],
                    "requests": sums["requests"],
                    "persistent": sums["requests"] >= 5 and row["share"] >= 0.9,
                    "releases": before.get("releases", []),
                    "sampled_one_in": sums["weight"] / sums["requests"],
                    "written_at": now_ns,
                }
            )
        return found

    def close(self) -> None:
        """Let go of it."""
        self._store.close()
        self._folder.cleanup()


def _differs(row: dict[str, Any], held: dict[str, Any] | None) -> bool:
    if held is None:
        return True
    return (
        any(row[name] != held[name] for name in problems.COLUMNS if name not in _CHANGING)
        or abs(row["share"] - held["share"]) >= 0.001
    )


def _verdicts(minutes: Sequence[dict[str, Any]]) -> pa.Table:
    """Return a verdict for each minute of a problem and a place."""
    return _filled(
        "verdict_revisions",
        [
            row | {"path": row["place"], "ended_at": row["ended_ns"], "judged_at": row["ended_ns"], "superseded": False}
            for row in minutes
        ],
    )


def _requests(minutes: Sequence[dict[str, Any]]) -> pa.Table:
    """Return the request by which each minute is known: it stands for all of it, and is of no route: traffic has it."""
    return _filled(
        "spans",
        [
            {
                "trace_id": row["trace_id"],
                "span_id": row["request_span_id"],
                "start_time": row["ended_ns"],
                "sampled_one_in": float(row["weight"]),
            }
            for row in minutes
        ],
    )


def _filled(relation: str, rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Return rows of a relation, in which what they do not say is empty."""
    schema = arrow_schema(relation)
    empty = {name: _empty(kind) for name, kind in zip(schema.names, schema.types, strict=True)}
    return pa.Table.from_pylist([{name: row.get(name, empty[name]) for name in empty} for row in rows], schema=schema)


def _empty(kind: pa.DataType) -> Any:
    if pa.types.is_list(kind):
        return []
    if pa.types.is_boolean(kind):
        return False
    return "" if pa.types.is_string(kind) else 0
