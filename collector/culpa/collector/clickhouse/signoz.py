"""SigNoz's own tables, said as the exporter's by sub-queries, which need no right to make anything.

Source: SigNoz/signoz-otel-collector, `cmd/signozschemamigrator/schema_migrator` (signoz_index_v3, logs_v2), and its
exporters, which write events as JSON.
"""

from collections.abc import Mapping

from culpa.collector.clickhouse.client import Client, quoted_path
from culpa.collector.clickhouse.tables import Table, Tables
from culpa.store import NotAStore

_TRACES = ("signoz_traces.distributed_signoz_index_v3", "signoz_traces.signoz_index_v3")
_LOGS = ("signoz_logs.distributed_logs_v2", "signoz_logs.logs_v2")
#: Columns by which they are known.
_OF_TRACES = frozenset({"ts_bucket_start", "timestamp", "trace_id", "span_id", "name", "kind_string", "duration_nano"})
_OF_LOGS = frozenset({"ts_bucket_start", "timestamp", "trace_id", "body", "severity_text"})

_ATTRIBUTES = (
    "mapConcat(cast(s.attributes_string, 'Map(String, String)'), "
    "cast(mapApply((k, v) -> (toString(k), toString(v)), s.attributes_number), 'Map(String, String)'), "
    "cast(mapApply((k, v) -> (toString(k), toString(v)), s.attributes_bool), 'Map(String, String)'))"
)
_SAMPLE_RATE = (
    "if(s.attributes_number['SampleRate'] > 0, toString(s.attributes_number['SampleRate']), "
    "s.attributes_string['SampleRate'])"
)
#: What each column is said as, and its type.
_SPAN = {
    "Timestamp": ("s.timestamp", "DateTime64(9)"),
    "TraceId": ("toString(s.trace_id)", "String"),
    "SpanId": ("s.span_id", "String"),
    "ParentSpanId": ("s.parent_span_id", "String"),
    "TraceState": ("s.trace_state", "String"),
    "SpanName": ("s.name", "String"),
    "SpanKind": ("s.kind_string", "String"),
    "SpanAttributes": (_ATTRIBUTES, "Map(String, String)"),
    "Duration": ("s.duration_nano", "UInt64"),
    "StatusCode": ("s.status_code_string", "String"),
    "StatusMessage": ("s.status_message", "String"),
    "Events.Timestamp": ("arrayMap(e -> JSONExtractUInt(e, 'timeUnixNano'), s.events)", "Array(UInt64)"),
    "Events.Name": ("arrayMap(e -> JSONExtractString(e, 'name'), s.events)", "Array(String)"),
    "Events.Attributes": ("arrayMap(e -> JSONExtractRaw(e, 'attributeMap'), s.events)", "Array(String)"),
    "http_status": ("s.response_status_code", "String"),
    "http_route": ("s.attributes_string['http.route']", "String"),
    "sample_rate": (_SAMPLE_RATE, "String"),
}
_RECORD = {
    "Timestamp": ("fromUnixTimestamp64Nano(toInt64(s.timestamp))", "DateTime64(9)"),
    "TraceId": ("s.trace_id", "String"),
    "SpanId": ("s.span_id", "String"),
    "SeverityText": ("s.severity_text", "String"),
    "SeverityNumber": ("s.severity_number", "UInt8"),
    "Body": ("s.body", "String"),
    "ScopeName": ("s.scope_name", "String"),
    "LogAttributes": (_ATTRIBUTES, "Map(String, String)"),
}
_QUICK = {
    "http.response.status_code": "t.http_status",
    "http.status_code": "t.http_status",
    "http.route": "t.http_route",
    "SampleRate": "t.sample_rate",
}


def of_signoz(client: Client) -> Tables | None:
    """Return SigNoz's tables if they lie there. Errors: StoreError."""
    traces = _found(client, _TRACES, _OF_TRACES, _SPAN)
    return Tables(traces._replace(quick=_QUICK), _found(client, _LOGS, _OF_LOGS, _RECORD)) if traces else None


def _found(
    client: Client, names: tuple[str, ...], needed: frozenset[str], said: Mapping[str, tuple[str, str]]
) -> Table | None:
    for name in names:
        try:
            columns = client.describe(name)
        except NotAStore:
            continue
        if needed <= columns.keys():
            return _table(name, columns, said)
    return None


def _table(name: str, columns: Mapping[str, str], said: Mapping[str, tuple[str, str]]) -> Table:
    resource = [f"toJSONString(s.{one})" for one in ("resources_string", "resource") if one in columns]
    # Versions that keep it as JSON leave the map empty.
    whole = f"if(empty(s.resources_string), {resource[-1]}, {resource[0]})" if len(resource) > 1 else "".join(resource)
    parts = dict(said) | {"ts_bucket_start": ("s.ts_bucket_start", "UInt64")}
    if resource:
        parts |= {
            "ResourceAttributes": (whole, "String"),
            "ServiceName": (f"JSONExtractString({whole}, 'service.name')", "String"),
        }
    if "resources_string" in columns and "resource" not in columns:
        parts["ServiceName"] = ("s.resources_string['service.name']", "String")
    chosen = ", ".join(f"{value} as `{column}`" for column, (value, _) in parts.items())
    return Table(
        name,
        {column: kind for column, (_, kind) in parts.items()},
        f"(select {chosen} from {quoted_path(name)} as s)",
    )
