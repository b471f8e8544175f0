"""The columns of our files: those of the OpenTelemetry Collector's ClickHouse exporter, so that many tools know them.

Source: opentelemetry-collector-contrib, `exporter/clickhouseexporter/internal/sqltemplates`, the tables of maps.
"""

import pyarrow as pa

_TEXT: pa.DataType = pa.string()
_TIME: pa.DataType = pa.timestamp("ns", "UTC")
_MAP: pa.DataType = pa.map_(pa.string(), pa.string())

TRACES = pa.schema(
    [
        ("Timestamp", _TIME),
        ("TraceId", _TEXT),
        ("SpanId", _TEXT),
        ("ParentSpanId", _TEXT),
        ("TraceState", _TEXT),
        ("SpanName", _TEXT),
        ("SpanKind", _TEXT),
        ("ServiceName", _TEXT),
        ("ResourceAttributes", _MAP),
        ("ScopeName", _TEXT),
        ("ScopeVersion", _TEXT),
        ("SpanAttributes", _MAP),
        ("Duration", pa.uint64()),
        ("StatusCode", _TEXT),
        ("StatusMessage", _TEXT),
        ("Events.Timestamp", pa.list_(_TIME)),
        ("Events.Name", pa.list_(_TEXT)),
        ("Events.Attributes", pa.list_(_MAP)),
        ("Links.TraceId", pa.list_(_TEXT)),
        ("Links.SpanId", pa.list_(_TEXT)),
        ("Links.TraceState", pa.list_(_TEXT)),
        ("Links.Attributes", pa.list_(_MAP)),
    ]
)
LOGS = pa.schema(
    [
        ("Timestamp", _TIME),
        ("TraceId", _TEXT),
        ("SpanId", _TEXT),
        ("TraceFlags", pa.uint8()),
        ("SeverityText", _TEXT),
        ("SeverityNumber", pa.uint8()),
        ("ServiceName", _TEXT),
        ("Body", _TEXT),
        ("ResourceSchemaUrl", _TEXT),
        ("ResourceAttributes", _MAP),
        ("ScopeSchemaUrl", _TEXT),
        ("ScopeName", _TEXT),
        ("ScopeVersion", _TEXT),
        ("ScopeAttributes", _MAP),
        ("LogAttributes", _MAP),
        ("EventName", _TEXT),
    ]
)
