"""Traces of three spans each, with an exception, a log record, an access line and a metric point; some of them fail."""

from typing import Any

import pyarrow as pa

from culpa.store import DuckDBStore, arrow_schema

BASE_NS = 1_790_000_000 * 10**9
SECOND_NS = 10**9
#: Every relation whose rows move, and how many of them a trace has.
PER_TRACE = {"spans": 3, "exceptions": 1, "logs": 1, "access": 1, "metric_points": 1}
_FAILS_EVERY = 10


def write(store: DuckDBStore, first: int, traces: int) -> None:
    """Store so many traces, numbered from `first` on, one second apart; every tenth fails."""
    numbers = range(first, first + traces)
    store.write({"resources": _table("resources", [{"resource_id": 7, "service_name": "shop"}])})
    store.write({
        "spans": _table("spans", [_span(number, part) for number in numbers for part in range(3)]),
        "exceptions": _table("exceptions", [_common(number) | {"exception_id": f"e{number}"} for number in numbers]),
        "logs": _table("logs", [_common(number) | {"log_id": f"l{number}", "body": "said"} for number in numbers]),
        "access": _table("access", [_access(number) for number in numbers]),
        "metric_points": _table("metric_points", [_common(number) | {"name": "load"} for number in numbers]),
    })  # fmt: skip


def judged(store: DuckDBStore, number: int) -> None:
    """Store a verdict of one trace."""
    row = {"trace_id": trace_id(number), "ended_at": _at(number), "fingerprint": "2:00", "cause": "unknown"}
    store.write({"verdict_revisions": _table("verdict_revisions", [row])})


def trace_id(number: int) -> str:
    """Return the id of a trace."""
    return f"{number * 0x9E3779B97F4A7C15 % 2**64:032x}"


def fails(number: int) -> bool:
    """Say whether that trace is a failure."""
    return number % _FAILS_EVERY == 0


def counts(store: DuckDBStore) -> dict[str, tuple[int, int]]:
    """Return of each relation how many rows there are, and how many different ones."""
    keys = {
        "spans": "span_id", "exceptions": "exception_id", "logs": "log_id", "access": "access_id", "metric_points": '"time"',
    }  # fmt: skip
    found: dict[str, tuple[int, int]] = {}
    for relation, key in keys.items():
        [row] = store.query(f"select count(*) as n, count(distinct {key}) as d from {relation}").to_pylist()
        found[relation] = (row["n"], row["d"])
    return found


def whole(traces: int) -> dict[str, tuple[int, int]]:
    """Return the counts of a store that holds so many traces, each once."""
    return {relation: (each * traces, each * traces) for relation, each in PER_TRACE.items()}


def _at(number: int) -> int:
    return BASE_NS + number * SECOND_NS


def _common(number: int) -> dict[str, Any]:
    return {"trace_id": trace_id(number), "time": _at(number), "service_name": "shop", "resource_id": 7}


def _span(number: int, part: int) -> dict[str, Any]:
    return {
        "trace_id": trace_id(number),
        "span_id": f"{number:08x}{part:08x}",
        "start_time": _at(number),
        "duration_ns": 1000,
        "service_name": "shop",
        "span_name": "GET /items",
        "kind": 2 if part == 0 else 3,
        "http_route": "/items" if part == 0 else "",
        "http_response_status_code": 500 if fails(number) and part == 0 else 200 if part == 0 else 0,
        "resource_id": 7,
    }


def _access(number: int) -> dict[str, Any]:
    return {
        "access_id": f"a{number}",
        "trace_id": trace_id(number),
        "start_time": _at(number),
        "http_response_status_code": 500 if fails(number) else 200,
        "completed": True,
    }


def _table(relation: str, rows: list[dict[str, Any]]) -> pa.Table:
    schema = arrow_schema(relation)
    known = set(schema.names)
    filled = [
        {field.name: row.get(field.name, _empty(field.type)) for field in schema}
        for row in ({name: value for name, value in row.items() if name in known} for row in rows)
    ]
    return pa.Table.from_pylist(filled, schema=schema)


def _empty(kind: pa.DataType) -> Any:
    if pa.types.is_string(kind):
        return ""
    return [] if pa.types.is_list(kind) else False if pa.types.is_boolean(kind) else 0
