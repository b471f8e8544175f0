"""The table of problems in ClickHouse: one row for each fingerprint, worked out of the verdicts of all judges."""

from typing import Any

import pyarrow as pa

from culpa.collector.clickhouse.client import Client, ddl_of, quoted

NAME = "culpa_problems"
_TEXT, _NAME, _TIME = "String", "LowCardinality(String)", "DateTime64(9, 'UTC')"
#: Columns of the relation `problems`, but for lines without a request, which no trace tells of.
COLUMNS = {
    "fingerprint": _TEXT,
    "layer": _NAME,
    "component": _NAME,
    "cause": _NAME,
    "object": _TEXT,
    "first_seen": _TIME,
    "last_seen": _TIME,
    "requests": "UInt64",
    "share": "Float64",
    "routes": "Array(String)",
    "releases": "Array(String)",
    "persistent": "Bool",
    "state": _NAME,
    "change": _TEXT,
    "example_trace_id": _TEXT,
    "sampled_one_in": "Float64",
    "written_at": _TIME,
}
TIMES = ("first_seen", "last_seen", "written_at")


def ddl(database: str) -> str:
    """Return the statement that makes the table: of one problem the newest row stays."""
    return ddl_of(database, NAME, COLUMNS, "(written_at) ORDER BY fingerprint")


def read(client: Client) -> pa.Table:
    """Return all rows, times as nanoseconds since 1970. Errors: StoreError."""
    chosen = ", ".join(
        f"toUnixTimestamp64Nano(p.{name}) as {name}" if name in TIMES else f"p.{name}" for name in COLUMNS
    )
    return client.table(f"select {chosen} from {quoted(NAME)} as p final", {})


def write(client: Client, rows: list[dict[str, Any]]) -> None:
    """Append rows, times as nanoseconds since 1970. Promise: what is written once more replaces itself."""
    if rows:
        client.insert(
            NAME, pa.Table.from_pylist([{name: row[name] for name in COLUMNS} for row in rows], schema=_SCHEMA)
        )


def _kind(name: str, declared: str) -> pa.DataType:
    if name in TIMES:
        return pa.timestamp("ns")
    kinds: dict[str, pa.DataType] = {
        "UInt64": pa.uint64(),
        "Float64": pa.float64(),
        "Bool": pa.bool_(),
        "Array(String)": pa.list_(pa.string()),
    }
    return kinds.get(declared, pa.string())


_SCHEMA = pa.schema([(name, _kind(name, declared)) for name, declared in COLUMNS.items()])
