"""What SigNoz's exporters would have written of OTLP lines: `fill.py` with the schema `signoz`.

Source of columns and texts: SigNoz/signoz-otel-collector, `cmd/signozschemamigrator/schema_migrator` and
`exporter/clickhousetracesexporter`. Its tables of all shards are views of a cluster there; here they are tables.
"""

import json
from collections.abc import Iterator
from typing import Any

DATABASES = ("signoz_traces", "signoz_logs")
NAMES = ("signoz_traces.distributed_signoz_index_v3", "signoz_logs.distributed_logs_v2")
_MAPS = """
    attributes_string Map(LowCardinality(String), String), attributes_number Map(LowCardinality(String), Float64),
    attributes_bool Map(LowCardinality(String), Bool), resources_string Map(LowCardinality(String), String),
"""
TABLES = (
    f"""create table {NAMES[0]} (
        ts_bucket_start UInt64, resource_fingerprint String, timestamp DateTime64(9), trace_id FixedString(32), span_id String,
        trace_state String, parent_span_id String, flags UInt32, name LowCardinality(String), kind Int8, kind_string String,
        duration_nano UInt64, status_code Int16, status_message String, status_code_string String, {_MAPS}
        resource JSON, events Array(String), links String, response_status_code LowCardinality(String), has_error Bool,
        index idx_trace_id trace_id type tokenbf_v1(10000, 5, 0) granularity 1
    ) engine = MergeTree partition by toDate(timestamp)
    order by (ts_bucket_start, resource_fingerprint, has_error, name, timestamp)""",
    f"""create table {NAMES[1]} (
        ts_bucket_start UInt64, resource_fingerprint String, timestamp UInt64, observed_timestamp UInt64, id String,
        trace_id String, span_id String, trace_flags UInt32, severity_text LowCardinality(String), severity_number UInt8,
        body String, {_MAPS} scope_name String, scope_version String, scope_string Map(LowCardinality(String), String)
    ) engine = MergeTree partition by toDate(timestamp / 1000000000)
    order by (ts_bucket_start, resource_fingerprint, severity_text, timestamp, id)""",
)
_STATUSES = ("http.status_code", "http.response.status_code")


def spans(rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield spans out of the rows that the exporter writes as JSON."""
    for row in rows:
        events = zip(row["Events.Timestamp"], row["Events.Name"], row["Events.Attributes"], strict=True)
        attributes = row["SpanAttributes"]
        yield _shared(row, attributes) | {
            "timestamp": row["Timestamp"],
            "trace_state": row["TraceState"],
            "parent_span_id": row["ParentSpanId"],
            "name": row["SpanName"],
            "kind_string": row["SpanKind"],
            "duration_nano": row["Duration"],
            "status_message": row["StatusMessage"],
            "status_code_string": row["StatusCode"],
            # Newer versions keep it as JSON, and leave the map empty.
            "resource": row["ResourceAttributes"],
            "resources_string": {},
            "events": [
                json.dumps({"name": name, "timeUnixNano": _ns(time), "attributeMap": of}) for time, name, of in events
            ],
            "response_status_code": next((str(attributes[key]) for key in _STATUSES if key in attributes), ""),
            "has_error": row["StatusCode"] == "Error",
        }


def records(rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield log records out of the rows that the exporter writes as JSON."""
    for number, row in enumerate(rows):
        yield _shared(row, row["LogAttributes"]) | {
            "timestamp": _ns(row["Timestamp"]),
            "id": f"{number:020}",
            "severity_text": row["SeverityText"],
            "severity_number": row["SeverityNumber"],
            "body": row["Body"],
            "scope_name": row["ScopeName"],
        }


def _shared(row: dict[str, Any], attributes: dict[str, Any]) -> dict[str, Any]:
    numbers = {key: value for key, value in attributes.items() if type(value) in (int, float)}
    flags = {key: value for key, value in attributes.items() if isinstance(value, bool)}
    seconds = _ns(row["Timestamp"]) // 10**9
    return {
        "ts_bucket_start": seconds - seconds % 1800,
        "trace_id": row["TraceId"],
        "span_id": row["SpanId"],
        "attributes_string": {
            key: value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
            for key, value in attributes.items()
            if key not in numbers and key not in flags
        },
        "attributes_number": numbers,
        "attributes_bool": flags,
        "resources_string": {key: str(value) for key, value in row["ResourceAttributes"].items()},
    }


def _ns(time: str) -> int:
    from datetime import UTC, datetime

    whole = datetime.strptime(time[:19], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    return int(whole.timestamp()) * 10**9 + int(time[20:])
