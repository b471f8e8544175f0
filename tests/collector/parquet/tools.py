"""Spans and log records as other tools write them into Parquet, each by the schema that it documents.

Sources: streamfold/rotel (`exporters/file/parquet`), smithclay/otlp2parquet and otlp2records (schemas, and the schema
reference of duckdb-otlp), ClickHouse's `FORMAT Parquet` of the exporter's tables.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from culpa.collector.abroad.rows import Row, rows_of

from .conftest import bodies

_KINDS = ("Unspecified", "Internal", "Server", "Client", "Producer", "Consumer")
_STATUSES = ("Unset", "Ok", "Error")
Table = pa.Table
_ANY_MAP = pa.map_(pa.string(), pa.string())


def _snake(name: str) -> str:
    letters = name.replace(".", "")
    return "".join(("_" if at and one.isupper() else "") + one.lower() for at, one in enumerate(letters))


def _column(
    rows: Iterable[Row], name: str, kind: pa.DataType | None = None, said: Callable[[Any], Any] = lambda v: v
) -> Any:
    return pa.array([said(row[name]) for row in rows], kind)


def _json(value: Any) -> str:
    return json.dumps(value)


def _jsons(values: Any) -> list[str]:
    return [json.dumps(value) for value in values]


def rotel(signal: str, rows: list[Row], typed: list[Row]) -> Table:
    """Small letters, times as unsigned ns, attributes as JSON."""
    del typed
    columns = {}
    for name in rows[0]:
        if name.endswith("Attributes"):
            columns[_snake(name)] = _column(rows, name, None, _jsons if "." in name else _json)
        elif name == "Timestamp":
            columns["timestamp"] = _column(rows, name, pa.uint64())
        elif name == "Events.Timestamp":
            columns["events_timestamp"] = _column(rows, name, pa.list_(pa.uint64()))
        elif name == "Duration":
            columns["duration"] = _column(rows, name, pa.int64())
        elif name != "EventName":
            columns[_snake(name)] = _column(rows, name, pa.list_(pa.string()) if "." in name else None)
    return pa.table(columns)


def duckdb_otlp(signal: str, rows: list[Row], typed: list[Row]) -> Table:
    """Ids in hex, the start in µs, the end and the duration in ms, events as JSON."""
    columns = {
        "timestamp": _column(rows, "Timestamp", pa.timestamp("us"), lambda ns: ns // 1_000),
        "trace_id": _column(rows, "TraceId"),
        "span_id": _column(rows, "SpanId"),
        "service_name": _column(rows, "ServiceName"),
        "resource_attributes": _column(typed, "ResourceAttributes", None, _json),
        "scope_name": _column(rows, "ScopeName"),
    }
    if signal == "logs":
        return pa.table(columns | _log_columns(rows, typed))
    ends = [(row["Timestamp"] + row["Duration"]) // 1_000_000 for row in rows]
    return pa.table(
        columns
        | {
            "end_timestamp": pa.array(ends, pa.int64()),
            "duration": _column(rows, "Duration", pa.int64(), lambda ns: ns // 1_000_000),
            **_span_columns(rows, typed, "span_name", "span_kind", "status_message"),
        }
    )


def otlp2records(signal: str, rows: list[Row], typed: list[Row]) -> Table:
    """OTLP's own names, ids as bytes, times and durations as such."""
    time = "start_time_unix_nano" if signal == "traces" else "time_unix_nano"
    columns = {
        time: _column(rows, "Timestamp", pa.timestamp("ns")),
        "trace_id": _column(rows, "TraceId", pa.binary(16), lambda text: bytes.fromhex(text) or None),
        "span_id": _column(rows, "SpanId", pa.binary(8), lambda text: bytes.fromhex(text) or None),
        "service_name": _column(rows, "ServiceName"),
        "resource_attributes": _column(typed, "ResourceAttributes", None, _json),
        "scope_name": _column(rows, "ScopeName"),
    }
    if signal == "logs":
        return pa.table(columns | _log_columns(rows, typed))
    spans = _span_columns(rows, typed, "name", "kind", "status_status_message")
    spans["parent_span_id"] = _column(rows, "ParentSpanId", pa.binary(8), lambda text: bytes.fromhex(text) or None)
    return pa.table(columns | {"duration_time_unix_nano": _column(rows, "Duration", pa.duration("ns"))} | spans)


def _log_columns(rows: list[Row], typed: list[Row]) -> dict[str, Any]:
    return {
        "severity_number": _column(rows, "SeverityNumber", pa.int32()),
        "severity_text": _column(rows, "SeverityText"),
        "body": _column(rows, "Body"),
        "log_attributes": _column(typed, "LogAttributes", None, _json),
    }


def _span_columns(rows: list[Row], typed: list[Row], name: str, kind: str, message: str) -> dict[str, Any]:
    events = [
        _events(row, ("time_unix_nano", "name", "attributes"), ("Timestamp", "Name", "Attributes"), "Events")
        for row in typed
    ]
    links = [_events(row, ("trace_id", "span_id"), ("TraceId", "SpanId"), "Links") for row in typed]
    return {
        "parent_span_id": _column(rows, "ParentSpanId", None, lambda text: text or None),
        "trace_state": _column(rows, "TraceState", pa.string(), lambda text: text or None),
        name: _column(rows, "SpanName"),
        kind: _column(rows, "SpanKind", pa.int32(), _KINDS.index),
        "status_code": _column(rows, "StatusCode", pa.int32(), _STATUSES.index),
        message: _column(rows, "StatusMessage", pa.string(), lambda text: text or None),
        "span_attributes": _column(typed, "SpanAttributes", None, _json),
        "events_json": pa.array([json.dumps(some) if some else None for some in events], pa.string()),
        "links_json": pa.array([json.dumps(some) if some else None for some in links], pa.string()),
        "flags": pa.array([0] * len(rows), pa.uint32()),
    }


def _events(row: Row, names: tuple[str, ...], parts: tuple[str, ...], of: str) -> list[Mapping[str, Any]]:
    columns = [row[f"{of}.{part}"] for part in parts]
    return [dict(zip(names, members, strict=True)) for members in zip(*columns, strict=True)]


def otlp2parquet(signal: str, rows: list[Row], typed: list[Row]) -> Table:
    """Write the exporter's columns with `_` for their dots; of log records the ids are bytes."""
    del typed
    columns: dict[str, Any] = {}
    for name in rows[0]:
        spelled = name.replace(".", "_")
        if name.endswith("Attributes"):
            pairs = (
                (lambda maps: [list(one.items()) for one in maps]) if "." in name else (lambda one: list(one.items()))
            )
            columns[spelled] = _column(rows, name, pa.list_(_ANY_MAP) if "." in name else _ANY_MAP, pairs)
        elif name == "Timestamp":
            columns[spelled] = _column(rows, name, pa.timestamp("ns", "UTC"))
        elif name == "Events.Timestamp":
            columns[spelled] = _column(rows, name, pa.list_(pa.timestamp("ns", "UTC")))
        elif signal == "logs" and name in ("TraceId", "SpanId"):
            columns[spelled] = _column(rows, name, pa.binary(16 if name == "TraceId" else 8), _bytes_of(name))
        else:
            columns[spelled] = _column(rows, name, pa.list_(pa.string()) if "." in name else None)
    return pa.table(columns)


def _bytes_of(name: str) -> Callable[[str], bytes]:
    return lambda text: bytes.fromhex(text or "00" * (16 if name == "TraceId" else 8))


def structs(signal: str, rows: list[Row], typed: list[Row]) -> Table:
    """OTLP as it stands: names with humps, pairs of a key and a value of a type, times as numbers, kinds as in JSON."""
    time = "startTimeUnixNano" if signal == "traces" else "timeUnixNano"
    columns = {
        time: _column(rows, "Timestamp", pa.int64()),
        "traceId": _column(rows, "TraceId"),
        "spanId": _column(rows, "SpanId"),
        "resourceAttributes": _column(typed, "ResourceAttributes", _PAIRS, _pairs),
        "scopeName": _column(rows, "ScopeName"),
    }
    if signal == "logs":
        return pa.table(
            columns
            | {
                "severityText": _column(rows, "SeverityText"),
                "severityNumber": _column(rows, "SeverityNumber", pa.int64()),
                "body": _column(rows, "Body"),
                "attributes": _column(typed, "LogAttributes", _PAIRS, _pairs),
            }
        )
    events = [
        _events(row, ("timeUnixNano", "name", "attributes"), ("Timestamp", "Name", "Attributes"), "Events")
        for row in typed
    ]
    return pa.table(
        columns
        | {
            "endTimeUnixNano": pa.array([row["Timestamp"] + row["Duration"] for row in rows], pa.int64()),
            "parentSpanId": _column(rows, "ParentSpanId"),
            "traceState": _column(rows, "TraceState"),
            "name": _column(rows, "SpanName"),
            "kind": _column(rows, "SpanKind", None, lambda kind: f"SPAN_KIND_{kind.upper()}"),
            "statusCode": _column(rows, "StatusCode", None, lambda status: f"STATUS_CODE_{status.upper()}"),
            "statusMessage": _column(rows, "StatusMessage"),
            "attributes": _column(typed, "SpanAttributes", _PAIRS, _pairs),
            "events": pa.array(
                [[one | {"attributes": _pairs(one["attributes"])} for one in some] for some in events], _EVENTS
            ),
        }
    )


_VALUE = pa.struct(
    [("stringValue", pa.string()), ("intValue", pa.int64()), ("doubleValue", pa.float64()), ("boolValue", pa.bool_())]
)
_PAIRS = pa.list_(pa.struct([("key", pa.string()), ("value", _VALUE)]))
_EVENTS = pa.list_(pa.struct([("timeUnixNano", pa.int64()), ("name", pa.string()), ("attributes", _PAIRS)]))


def _pairs(attributes: Mapping[str, Any]) -> list[Any]:
    return [{"key": key, "value": _value(value)} for key, value in attributes.items()]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": value}
    if isinstance(value, float):
        return {"doubleValue": value}
    return {"stringValue": value if isinstance(value, str) else json.dumps(value)}


def clickhouse(signal: str, rows: list[Row], typed: list[Row]) -> Table:
    """As ClickHouse writes the exporter's tables: all text is bytes."""
    del typed
    columns: dict[str, Any] = {}
    pairs = pa.map_(pa.binary(), pa.binary())
    for name in rows[0]:
        if name.endswith("Attributes"):
            kind, said = (pa.list_(pairs), _many_bytes) if "." in name else (pairs, _bytes_pairs)
            columns[name] = _column(rows, name, kind, said)
        elif name == "Timestamp":
            columns[name] = _column(rows, name, pa.timestamp("ns", "UTC"))
        elif name == "Events.Timestamp":
            columns[name] = _column(rows, name, pa.list_(pa.timestamp("ns", "UTC")))
        elif isinstance(rows[0][name], int):
            columns[name] = _column(rows, name)
        elif "." in name:
            columns[name] = _column(rows, name, pa.list_(pa.binary()), lambda some: [one.encode() for one in some])
        else:
            columns[name] = _column(rows, name, pa.binary(), str.encode)
    return pa.table(columns)


def _bytes_pairs(attributes: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(key.encode(), value.encode()) for key, value in attributes.items()]


def _many_bytes(some: Iterable[Mapping[str, str]]) -> list[list[tuple[bytes, bytes]]]:
    return [_bytes_pairs(one) for one in some]


TOOLS = (rotel, duckdb_otlp, otlp2records, otlp2parquet, structs, clickhouse)


def write(folder: Path, tool: Callable[[str, list[Row], list[Row]], Table], layout: str, *paths: Path) -> None:
    """Write OTLP lines as a tool does, into files of a layout: `{signal}`, and `{date:%Y}` and the like of their day."""
    from datetime import UTC, datetime

    for signal in ("traces", "logs"):
        some = [body for kind, body, _ in bodies(*paths) if kind == signal]
        rows = [row for body in some for row in rows_of(signal, body, is_json=True)]
        typed = [row for body in some for row in rows_of(signal, body, is_json=True, is_nested=True)]
        days = sorted({row["Timestamp"] // 86_400_000_000_000 for row in rows})
        for day in days:
            chosen = [at for at, row in enumerate(rows) if row["Timestamp"] // 86_400_000_000_000 == day]
            path = folder / layout.format(signal=signal, date=datetime.fromtimestamp(day * 86_400, UTC))
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(tool(signal, [rows[at] for at in chosen], [typed[at] for at in chosen]), path)
