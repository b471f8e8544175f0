"""Every way by which a text enters by OTLP: each place of each signal, as protobuf or JSON."""

import base64
import json
from collections.abc import Iterable
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from culpa.collector.decode import decode

_TIME = 1_795_300_000_000_000_000
_IDS = ("traceId", "spanId", "parentSpanId")


def spans_of(text: str, number: int) -> ExportTraceServiceRequest:
    """Return a request with the text in every place of a span, its resource and its scope."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add(schema_url=text)
    _put(group.resource.attributes, text)
    scoped = group.scope_spans.add()
    scoped.scope.name, scoped.scope.version = text, text
    _put(scoped.scope.attributes, text)
    span = scoped.spans.add(
        trace_id=number.to_bytes(16, "big"),
        span_id=number.to_bytes(8, "big"),
        name=text,
        trace_state=f"a={number}",
        kind=2,
        start_time_unix_nano=_TIME,
        end_time_unix_nano=_TIME + 10**9,
    )
    span.status.code, span.status.message = 2, text
    _put(span.attributes, text)
    _put(span.events.add(time_unix_nano=_TIME, name=text).attributes, text)
    raised = span.events.add(time_unix_nano=_TIME, name="exception").attributes
    raised.add(key="exception.type").value.string_value = "shop.Refused"
    raised.add(key="exception.message").value.string_value = text
    raised.add(
        key="exception.stacktrace"
    ).value.string_value = f"shop.Refused: {text}\n    at pay (/srv/shop/pay.js:7:1)"
    _put(span.links.add(trace_id=bytes(15) + b"\1", span_id=bytes(7) + b"\1").attributes, text)
    return request


def logs_of(text: str, number: int, is_bytes: bool = False) -> ExportLogsServiceRequest:
    """Return a request with the text in every place of a log record."""
    request = ExportLogsServiceRequest()
    record = (
        request.resource_logs.add()
        .scope_logs.add()
        .log_records.add(time_unix_nano=_TIME + number, severity_number=17, severity_text=text, event_name=text)
    )
    if is_bytes:
        record.body.bytes_value = text.encode()
    else:
        record.body.string_value = text
    _put(record.attributes, text)
    return request


def points_of(text: str, number: int) -> ExportMetricsServiceRequest:
    """Return a request with the text in every place of a metric."""
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name="m", description=text, unit="1")
    _put(metric.gauge.data_points.add(as_int=number, time_unix_nano=_TIME + number).attributes, text)
    return request


def stored(signal: str, requests: Iterable[Message], is_json: bool) -> str:
    """Return the text of all rows that come of the requests; of bytes, what their base64 stands for as well."""
    bodies = [_json(request) if is_json else request.SerializeToString() for request in requests]
    tables = decode(signal, bodies, is_json=is_json).tables
    return "\n".join(_text(row) for table in tables.values() for row in table.to_pylist())


def _put(attributes: Any, text: str) -> None:
    attributes.add(key="note").value.string_value = text
    attributes.add(key="list").value.array_value.values.add().string_value = text
    attributes.add(key="map").value.kvlist_value.values.add(key="inner").value.string_value = text
    attributes.add(key="raw").value.bytes_value = text.encode()
    attributes.add(key="raws").value.array_value.values.add().bytes_value = text.encode()


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(map(_text, value.values()))
    if isinstance(value, (list, tuple)):
        return "\n".join(map(_text, value))
    words = str(value)
    if words[:1] in ("[", "{"):
        try:
            return words + _text(json.loads(words))
        except ValueError:
            return words
    try:
        return f"{words} {base64.b64decode(words, validate=True).decode()}"
    except ValueError:
        return words


def _json(message: Message) -> bytes:
    return json.dumps(_hex(json_format.MessageToDict(message, use_integers_for_enums=True))).encode()


def _hex(node: Any) -> Any:
    if isinstance(node, list):
        return [_hex(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: base64.b64decode(value).hex() if key in _IDS else _hex(value) for key, value in node.items()}
