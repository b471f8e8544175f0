"""The table of marks in ClickHouse: which traces were judged, by whom, and whether anybody has to look at them again.

It is all that judges know of each other. Without it every one of them would fetch what came to nothing.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from culpa.collector.abroad.fetching import text
from culpa.collector.abroad.shares import Mark, Share
from culpa.collector.clickhouse.client import Client, Parameter, ddl_of, quoted

if TYPE_CHECKING:
    from culpa.collector.abroad.there import Suspect

NAME = "culpa_judged"
COLUMNS = {
    "trace_id": "String",
    "last_at": "DateTime64(9, 'UTC')",
    "rows": "UInt64",
    "closed": "Bool",
    "share": "LowCardinality(String)",
    "judged_at": "DateTime64(9, 'UTC')",
}
#: Of a trace with a newer sign of failure an older mark says nothing.
CLOSED = (
    f"select trace_id, toUnixTimestamp64Nano(last_at) from {quoted(NAME)} final "
    "where last_at >= fromUnixTimestamp64Nano({since_ns:Int64}) and closed"
)
_MARKS = (
    "select trace_id, toUnixTimestamp64Nano(last_at) as last_ns, rows as n, closed as is_closed "
    f"from {quoted(NAME)} final where last_at >= fromUnixTimestamp64Nano({{since_ns:Int64}}) "
    "and last_at <= fromUnixTimestamp64Nano({until_ns:Int64}) and trace_id in {trace_ids:Array(String)}"
)


def ddl(database: str) -> str:
    """Return the statement that makes the table: of one trace the newest mark stays, for a week."""
    kept = "(judged_at) ORDER BY (last_at, trace_id) TTL toDateTime(judged_at) + INTERVAL 7 DAY"
    return ddl_of(database, NAME, COLUMNS, kept)


def read(client: Client, some: "Sequence[Suspect]") -> dict[str, Mark]:
    """Return the marks of the newest signs of these traces, by trace id. Errors: StoreError."""
    newest = {one.trace_id: one.last_ns for one in some}
    found: dict[str, Mark] = {}
    asked: dict[str, Parameter] = {
        "since_ns": min(newest.values()),
        "until_ns": max(newest.values()),
        "trace_ids": list(newest),
    }
    for rows in client.query(_MARKS, asked):
        for row in rows:
            trace_id = text(row["trace_id"])
            if newest[trace_id] == int(row["last_ns"]):
                found[trace_id] = Mark(int(row["n"]), bool(row["is_closed"]))
    return found


def write(client: Client, left: Mapping[str, Mark], some: "Sequence[Suspect]", share: Share, at_ns: int) -> None:
    """Append marks, made at that time. Promise: what is marked once more replaces itself. Errors: StoreError."""
    rows = {
        "trace_id": [one.trace_id for one in some],
        "last_at": pa.array([one.last_ns for one in some], pa.timestamp("ns")),
        "rows": pa.array([left[one.trace_id].rows for one in some], pa.uint64()),
        "closed": [left[one.trace_id].is_closed for one in some],
        "share": [f"{share.number}/{share.of}"] * len(some),
        "judged_at": pa.array([at_ns] * len(some), pa.timestamp("ns")),
    }
    client.insert(NAME, pa.table(rows))
