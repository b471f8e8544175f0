"""The table of verdicts in ClickHouse, beside the telemetry: made only when it was approved."""

from typing import TYPE_CHECKING

from culpa.collector.clickhouse.client import Client, quoted
from culpa.store import NotAStore

if TYPE_CHECKING:
    from culpa.store import DuckDBStore

NAME = "culpa_verdicts"
_TEXT, _NAME, _TIME = "String", "LowCardinality(String)", "DateTime64(9, 'UTC')"
#: Columns of the relation `verdict_revisions`, but for the strongest evidence.
_COLUMNS = {
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
}
_STATEMENT = "coalesce(evidence[1].statement, '') as statement"
_ROWS = f"""
    select {", ".join(_STATEMENT if name == "statement" else name for name in _COLUMNS)},
        epoch_ns(judged_at) as judged_ns
    from verdict_revisions
    where ended_at >= make_timestamp_ns($since_ns) and judged_at > make_timestamp_ns($judged_ns)
    qualify row_number() over (partition by trace_id, request_span_id order by judged_at desc, settled desc) = 1
    order by judged_at, trace_id, request_span_id
"""
#: Rows of one INSERT.
_BLOCK = 10_000


def ddl(database: str) -> str:
    """Return the statement that makes the table: of one failed request the newest verdict stays."""
    columns = ",\n".join(f"    {name} {kind}" for name, kind in _COLUMNS.items())
    return (
        f"CREATE TABLE IF NOT EXISTS {quoted(database)}.{quoted(NAME)} (\n{columns}\n"
        ") ENGINE = ReplacingMergeTree(judged_at) ORDER BY (trace_id, request_span_id)"
    )


def is_there(client: Client) -> bool:
    """Say whether the table is there. Errors: NotAStore if it is another one; StoreError."""
    try:
        columns = client.describe(NAME)
    except NotAStore:
        return False
    if missing := sorted(_COLUMNS.keys() - columns.keys()):
        raise NotAStore(
            f"{client.address}: the table {NAME} has no column {', '.join(missing)}; rename it, and let it be made anew"
        )
    return True


def write(client: Client, store: "DuckDBStore", since_ns: int, judged_ns: int) -> int:
    """Append the newest verdicts of what ended since, and was judged after; return when the last of them was judged.

    Promise: what is written once more replaces itself. Errors: StoreError.
    """
    rows = store.query(_ROWS, {"since_ns": since_ns, "judged_ns": judged_ns})
    for start in range(0, rows.num_rows, _BLOCK):
        client.insert(NAME, rows.slice(start, _BLOCK).select(list(_COLUMNS)))
    return max([judged_ns, *(int(row["judged_ns"]) for row in rows.select(["judged_ns"]).to_pylist())])
