"""OTLP as rows of the tables of the ClickHouse exporter. Pure.

Source of columns and texts: opentelemetry-collector-contrib's `clickhouseexporter`, whose texts are those of pdata's
`AsString`.
"""

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

Row = dict[str, Any]
Export = TypeVar("Export", ExportTraceServiceRequest, ExportLogsServiceRequest)

_KINDS = ("Unspecified", "Internal", "Server", "Client", "Producer", "Consumer")
_STATUSES = ("Unset", "Ok", "Error")
_IDS = frozenset({"traceId", "spanId", "parentSpanId"})


def rows_of(signal: str, body: bytes, *, is_json: bool, is_nested: bool = False) -> list[Row]:
    """Return the rows of an export; `is_nested` where the table keeps attributes as JSON, not as maps of texts.

    Shape: times are ns since 1970. Errors: ValueError for what is no OTLP.
    """
    if signal == "traces":
        return list(_spans(_parsed(ExportTraceServiceRequest(), body, is_json=is_json), is_nested=is_nested))
    return list(_records(_parsed(ExportLogsServiceRequest(), body, is_json=is_json), is_nested=is_nested))


def _parsed(export: Export, body: bytes, *, is_json: bool) -> Export:
    try:
        if is_json:
            json_format.ParseDict(_with_bytes(json.loads(body)), export, ignore_unknown_fields=True)
        else:
            export.ParseFromString(body)
    except Exception as error:
        raise ValueError(f"a body that is no OTLP: {error}") from error
    return export


def _spans(export: ExportTraceServiceRequest, *, is_nested: bool) -> Iterator[Row]:
    for group in export.resource_spans:
        resource = _attributes(group.resource.attributes, is_nested=is_nested)
        service = _service(group.resource.attributes)
        for scoped in group.scope_spans:
            for span in scoped.spans:
                yield {
                    "Timestamp": span.start_time_unix_nano,
                    "TraceId": span.trace_id.hex(),
                    "SpanId": span.span_id.hex(),
                    "ParentSpanId": span.parent_span_id.hex(),
                    "TraceState": span.trace_state,
                    "SpanName": span.name,
                    "SpanKind": _named(_KINDS, span.kind),
                    "ServiceName": service,
                    "ResourceAttributes": resource,
                    "ScopeName": scoped.scope.name,
                    "ScopeVersion": scoped.scope.version,
                    "SpanAttributes": _attributes(span.attributes, is_nested=is_nested),
                    "Duration": max(0, span.end_time_unix_nano - span.start_time_unix_nano),
                    "StatusCode": _named(_STATUSES, span.status.code),
                    "StatusMessage": span.status.message,
                    "Events.Timestamp": [event.time_unix_nano for event in span.events],
                    "Events.Name": [event.name for event in span.events],
                    "Events.Attributes": [_attributes(event.attributes, is_nested=is_nested) for event in span.events],
                    "Links.TraceId": [link.trace_id.hex() for link in span.links],
                    "Links.SpanId": [link.span_id.hex() for link in span.links],
                    "Links.TraceState": [link.trace_state for link in span.links],
                    "Links.Attributes": [_attributes(link.attributes, is_nested=is_nested) for link in span.links],
                }


def _records(export: ExportLogsServiceRequest, *, is_nested: bool) -> Iterator[Row]:
    for group in export.resource_logs:
        resource = _attributes(group.resource.attributes, is_nested=is_nested)
        service = _service(group.resource.attributes)
        for scoped in group.scope_logs:
            scope = _attributes(scoped.scope.attributes, is_nested=is_nested)
            for record in scoped.log_records:
                yield {
                    "Timestamp": record.time_unix_nano or record.observed_time_unix_nano,
                    "TraceId": record.trace_id.hex(),
                    "SpanId": record.span_id.hex(),
                    "TraceFlags": record.flags & 0xFF,
                    "SeverityText": record.severity_text,
                    "SeverityNumber": record.severity_number,
                    "ServiceName": service,
                    "Body": _text(_plain(record.body)),
                    "ResourceSchemaUrl": group.schema_url,
                    "ResourceAttributes": resource,
                    "ScopeSchemaUrl": scoped.schema_url,
                    "ScopeName": scoped.scope.name,
                    "ScopeVersion": scoped.scope.version,
                    "ScopeAttributes": scope,
                    "LogAttributes": _attributes(record.attributes, is_nested=is_nested),
                    "EventName": record.event_name,
                }


def _service(pairs: Iterable[KeyValue]) -> str:
    return next((_text(_plain(pair.value)) for pair in pairs if pair.key == "service.name"), "")


def _attributes(pairs: Iterable[KeyValue], *, is_nested: bool) -> Row:
    raw = {pair.key: _plain(pair.value) for pair in pairs}
    return {key: _plain_bytes(value) if is_nested else _text(value) for key, value in raw.items()}


def _plain(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [_plain(one) for one in value.array_value.values]
    if kind == "kvlist_value":
        return {pair.key: _plain(pair.value) for pair in value.kvlist_value.values}
    return getattr(value, kind)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if type(value) is int:
        return str(value)  # as JSON has it, for a fifth of the time
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return json.dumps(_plain_bytes(value), separators=(",", ":"), ensure_ascii=False)


def _plain_bytes(value: Any) -> Any:
    """Return a value as JSON has it: of bytes their base64."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, list):
        return [_plain_bytes(one) for one in value]  # pyright: ignore[reportUnknownVariableType] - any member
    if isinstance(value, dict):
        return {key: _plain_bytes(one) for key, one in value.items()}  # pyright: ignore[reportUnknownVariableType]
    return value


def _named(names: tuple[str, ...], number: int) -> str:
    return names[number] if 0 <= number < len(names) else names[0]


def _with_bytes(value: Any) -> Any:
    """Return OTLP as JSON with ids as protobuf's own JSON has them: OTLP writes them as hex digits."""
    if isinstance(value, list):
        return [_with_bytes(one) for one in value]  # pyright: ignore[reportUnknownVariableType] - any member
    if isinstance(value, dict):
        return {key: _id(one) if key in _IDS else _with_bytes(one) for key, one in value.items()}  # pyright: ignore[reportUnknownVariableType] - any member
    return value


def _id(digits: Any) -> Any:
    return base64.b64encode(bytes.fromhex(digits)).decode() if isinstance(digits, str) else digits
