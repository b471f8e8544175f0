"""The table of verdicts in ClickHouse, beside the telemetry: made only when it was approved."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from culpa.collector.abroad.fetching import text
from culpa.collector.clickhouse.client import Client, Parameter, ddl_of, quoted

if TYPE_CHECKING:
    from culpa.store import DuckDBStore

NAME = "culpa_verdicts"
_TEXT, _NAME, _TIME = "String", "LowCardinality(String)", "DateTime64(9, 'UTC')"
_SEEN = f"Tuple(rule {_TEXT}, span_id {_TEXT}, source {_TEXT}, seen_at {_TIME}, statement {_TEXT}, weight Float64)"
#: Columns of the relation `verdict_revisions`, the strongest evidence, and how many requests it stands for.
COLUMNS = {
    "trace_id": _TEXT,
    "request_span_id": _TEXT,
    "ended_at": _TIME,
    "method": _NAME,
    "route": _TEXT,
    "path": _TEXT,
    "status": "UInt16",
    "service": _NAME,
    "layer": _NAME,
    "component": _NAME,
    "cause": _NAME,
    "object": _TEXT,
    "confidence": "Float64",
    "statement": _TEXT,
    "location": _TEXT,
    "exception_type": _NAME,
    "exception_message": _TEXT,
    "fingerprint": _TEXT,
    "change": _TEXT,
    "runner_up": _TEXT,
    "runbook": _NAME,
    "settled": "Bool",
    "withdrawn": "Bool",
    "judged_at": _TIME,
    "rules_version": _NAME,
    "surfaced": "Bool",
    "truncated": "Bool",
    "services": "Array(String)",
    "joined": "Array(String)",
    "missing": "Array(String)",
    "evidence": f"Array({_SEEN})",
    "kind": _NAME,
    "sampled_one_in": "Float64",
}
#: Those that tables of older versions lack.
LATER = frozenset({"surfaced", "truncated", "services", "joined", "missing", "evidence", "kind", "sampled_one_in"})
_HELD = {
    "sampled_one_in": "coalesce((select max(s.weight) from sampled_spans() as s "
    "where s.trace_id = r.trace_id and s.span_id = r.request_span_id), 1.0) as sampled_one_in",
    "services": "coalesce(services, []) as services",
    "joined": "coalesce(joined, []) as joined",
    "statement": "coalesce(evidence[1].statement, '') as statement",
    "judged_at": "make_timestamp_ns($at_ns) as judged_at",
}
_TAKEN_BACK = {"withdrawn": "true", "judged_at": "fromUnixTimestamp64Nano({at_ns:Int64})"}
#: The newest of each request, under one time: of two judges of a trace the last one has it whole.
_ROWS = f"""
    select {", ".join(_HELD.get(name, name) for name in COLUMNS)}
    from verdict_revisions as r
    where list_contains($trace_ids, r.trace_id) or r.judged_at >= make_timestamp_ns($began_ns)
    qualify row_number() over (partition by r.trace_id, r.request_span_id order by r.judged_at desc, r.settled desc) = 1
    order by r.trace_id, r.request_span_id
"""
#: Verdicts that another judge, or a lost store, wrote of requests that are none any more.
_STANDING = (
    f"select trace_id, request_span_id from {quoted(NAME)} final "
    "where trace_id in {trace_ids:Array(String)} and not withdrawn"
)
_WITHDRAW = (
    f"insert into {quoted(NAME)} ({', '.join(COLUMNS)}) "
    f"select {', '.join(_TAKEN_BACK.get(name, f't.{name}') for name in COLUMNS)} "
    f"from {quoted(NAME)} as t final where t.trace_id in {{trace_ids:Array(String)}} and not t.withdrawn "
    "and concat(t.trace_id, t.request_span_id) in {keys:Array(String)}"
)
#: Rows of one INSERT.
_BLOCK = 10_000


def ddl(database: str) -> str:
    """Return the statement that makes the table: of one failed request the newest verdict stays."""
    return ddl_of(database, NAME, COLUMNS, "(judged_at) ORDER BY (trace_id, request_span_id)")


def write(client: Client, store: "DuckDBStore", trace_ids: Sequence[str], began_ns: int, at_ns: int) -> None:
    """Write what a store says of traces, and of all that it judged since it began, as judged at that time.

    Promise: afterwards the table says of these traces what the store says, and nothing more, also where another judge
    wrote it; what is written once more replaces itself. Errors: StoreError.
    """
    rows = store.query(_ROWS, {"trace_ids": list(trace_ids), "began_ns": began_ns, "at_ns": at_ns})
    for start in range(0, rows.num_rows, _BLOCK):
        client.insert(NAME, rows.slice(start, _BLOCK))
    held = {
        (row["trace_id"], row["request_span_id"]) for row in rows.select(["trace_id", "request_span_id"]).to_pylist()
    }
    asked: dict[str, Parameter] = {"trace_ids": list(trace_ids)}
    stale = [
        row["trace_id"] + row["request_span_id"]
        for block in client.query(_STANDING, asked)
        for row in ({name: text(value) for name, value in row.items()} for row in block)
        if (row["trace_id"], row["request_span_id"]) not in held
    ]
    if stale:
        client.run(_WITHDRAW, asked | {"keys": stale, "at_ns": at_ns})
