"""The process that writes a sealed file: it reads a snapshot of the hot file and other sealed files, and sorts.

It reads an `Order` from its standard input and writes what was `Made` to its output. It is a process of its own, so
that neither its memory nor its time is the collector's.
"""

import os
import sys
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from culpa.store.alone import quoted
from culpa.store.forgetting.matching import bind, condition
from culpa.store.making import make_relations
from culpa.store.schema import arrow_schema
from culpa.store.segments.listing import FAILING, ROWS, Segment, segments
from culpa.store.segments.order import Made, Order
from culpa.store.segments.sums import hot_end, hot_sum, reach
from culpa.store.snapshot import Snapshot
from culpa.store.snapshot_reader import Reading

#: Rows that are asked for together lie together: those of a trace; of exceptions those that are alike, which also
#: makes their stack traces small.
_ORDER = {
    "spans": "trace_id, start_time",
    "exceptions": "service_name, fingerprint, trace_id",
    "logs": 'trace_id, "time"',
    "access": "trace_id, start_time",
    "metric_points": 'name, service_name, "time"',
}
#: Of rows that belong to no trace these stay with the failing ones: what a server said in trouble.
_TRACELESS = {
    "spans": "false",
    "exceptions": "true",
    "logs": "severity_number >= 13 or event_name <> ''",
    "access": "http_response_status_code >= 500",
}
_TWINS = 5
#: Ingest and whoever asks go first.
_NICENESS = 5


def write(order: Order) -> Made:
    """Write the file that `order` asks for, and make it durable. Errors: duckdb.Error, OSError, StoreError."""
    target = Path(order.target)
    target.unlink(missing_ok=True)
    config: dict[str, Any] = {
        "memory_limit": f"{order.memory_bytes}B",
        "threads": 1,
        "temp_directory": f"{order.target}.tmp",
        "preserve_insertion_order": False,
        "autoload_known_extensions": False,
    }
    with duckdb.connect(":memory:", config=config) as connection:
        picture = Reading(connection, Snapshot(order.hot_path, order.wal_bytes))
        folder = Path(order.hot_path).parent
        parts = [one for one in segments(connection) if one.name in order.sealed]
        for one in parts:
            connection.execute(f"attach '{quoted(one.place(folder))}' as {one.catalog} (read_only)")
        connection.execute(f"attach '{quoted(target)}' as target (storage_version 'v1.5.0')")
        make_relations(connection, "target")
        # A checkpoint since the order may have given the rows new, lower numbers: those that come now would have some
        # of the old ones.
        order = replace(
            order, hot_rows={name: min(rows, hot_end(connection, name)) for name, rows in order.hot_rows.items()}
        )
        _name_sources(connection, order, parts)
        bind(connection, order.wish)
        for relation in ROWS:
            _copy(connection, relation, order)
        _copy_resources(connection, order)
        sums = {relation: hot_sum(connection, relation, rows) for relation, rows in order.hot_rows.items()}
        picture.check()
        connection.execute("use memory")
        connection.execute("checkpoint target")
        first_ns, last_ns, rows = reach(connection, "target")
        connection.execute("detach target")
    _sync(target)
    return Made(first_ns, last_ns, rows, target.stat().st_size, order.hot_rows, sums)


def _name_sources(connection: duckdb.DuckDBPyConnection, order: Order, parts: list[Segment]) -> None:
    """Make a view per relation of all rows that are meant, and a table of the traces that stay."""
    for relation in ROWS:
        columns = ", ".join(f'"{name}"' for name in arrow_schema(relation).names)
        texts = [f'select {columns} from {one.catalog}.data."{relation}"' for one in parts]
        if order.hot_rows:
            texts.append(f'select {columns} from segment.data."{relation}" where rowid < {order.hot_rows[relation]}')
        connection.execute(f"create temp view moving_{relation} as {' union all '.join(texts)}")
    if order.holds == FAILING:
        sql = (files("culpa.store.segments") / "sql" / "failing_traces.sql").read_text("utf-8")
        connection.execute(f"create temp table kept_traces as {sql}", {"twins": _TWINS})


def _copy(connection: duckdb.DuckDBPyConnection, relation: str, order: Order) -> None:
    kept = "true"
    if order.holds == FAILING:
        traceless = _TRACELESS.get(relation)
        kept = f"m.trace_id in (select k.trace_id from kept_traces as k) or (m.trace_id = '' and ({traceless}))"
        if traceless is None:
            kept = "false"
    kept = f"({kept}) and not {condition(relation, order.wish)}"
    rows = f"select * from moving_{relation} as m where {kept} order by {_ORDER[relation]}"
    connection.execute(f'insert into target.data."{relation}" {rows}')


def _copy_resources(connection: duckdb.DuckDBPyConnection, order: Order) -> None:
    """Copy what the rows refer to; the hot file keeps all of them."""
    used = " union ".join(
        f'select resource_id from target.data."{relation}"'
        for relation in ROWS
        if "resource_id" in arrow_schema(relation).names
    )
    connection.execute(
        "insert into target.data.resources select m.* from segment.data.resources as m "
        f"where m.resource_id in (select u.resource_id from ({used}) as u) and not {condition('resources', order.wish)}"
    )


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def main() -> None:
    """Do what the order says; an error goes to standard error and ends with status 1."""
    os.nice(_NICENESS)
    order = Order.of(sys.stdin.read())
    try:
        made = write(order)
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {error}")
    sys.stdout.write(made.text())


if __name__ == "__main__":
    main()
