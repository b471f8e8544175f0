"""Random and hand-made OTLP messages, and the JSON of a message as OTLP writes it."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from google.protobuf import json_format
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from culpa.collector.decode import Decoded, decode

START_NS = 1_795_300_000_000_000_000
_HEX_FIELDS = frozenset({"traceId", "spanId", "parentSpanId"})


def any_value(value: Any) -> AnyValue:
    """Return an AnyValue of a Python value; None is an empty one."""
    made = AnyValue()
    if isinstance(value, bool):
        made.bool_value = value
    elif isinstance(value, int):
        made.int_value = value
    elif isinstance(value, float):
        made.double_value = value
    elif isinstance(value, str):
        made.string_value = value
    elif isinstance(value, bytes):
        made.bytes_value = value
    elif isinstance(value, list):
        made.array_value.values.extend(any_value(item) for item in value)
        made.array_value.SetInParent()
    elif isinstance(value, dict):
        made.kvlist_value.values.extend(pairs(value))
        made.kvlist_value.SetInParent()
    return made


def pairs(attributes: Mapping[str, Any]) -> list[KeyValue]:
    """Return attributes as key-value pairs."""
    return [KeyValue(key=key, value=any_value(value)) for key, value in attributes.items()]


def otlp_json(message: Message) -> bytes:
    """Return a message as OTLP/JSON: as protobuf's JSON, but ids in hex (upper case) and enums as numbers."""
    tree = json_format.MessageToDict(message, use_integers_for_enums=True)
    return json.dumps(_with_hex_ids(tree)).encode()


def _with_hex_ids(node: Any) -> Any:
    if isinstance(node, list):
        return [_with_hex_ids(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: base64.b64decode(value).hex().upper() if key in _HEX_FIELDS else _with_hex_ids(value)
        for key, value in node.items()
    }


def span_request(
    attributes: Mapping[str, Any] | None = None,
    *,
    events: tuple[tuple[str, Mapping[str, Any]], ...] = (),
    resource: Mapping[str, Any] | None = None,
    **fields: Any,
) -> ExportTraceServiceRequest:
    """Return a request of one span; trace and span ids count from one."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.extend(pairs({"service.name": "shop"} if resource is None else resource))
    defaults = {
        "trace_id": bytes(15) + b"\1",
        "span_id": bytes(7) + b"\1",
        "name": "GET /orders",
        "kind": 2,
        "start_time_unix_nano": START_NS,
        "end_time_unix_nano": START_NS + 1_000_000_000,
    }
    span = group.scope_spans.add().spans.add(**{**defaults, **fields})
    span.attributes.extend(pairs(attributes or {}))
    for name, event in events:
        span.events.add(time_unix_nano=START_NS, name=name).attributes.extend(pairs(event))
    return request


def log_request(attributes: Mapping[str, Any] | None = None, body: Any = "", **fields: Any) -> ExportLogsServiceRequest:
    """Return a request of one log record of the same service, trace and span."""
    request = ExportLogsServiceRequest()
    group = request.resource_logs.add()
    group.resource.attributes.extend(pairs({"service.name": "shop"}))
    defaults = {"trace_id": bytes(15) + b"\1", "span_id": bytes(7) + b"\1", "time_unix_nano": START_NS}
    record = group.scope_logs.add().log_records.add(**{**defaults, **fields})
    record.body.CopyFrom(any_value(body))
    record.attributes.extend(pairs(attributes or {}))
    return request


@pytest.fixture
def make_span() -> Callable[..., ExportTraceServiceRequest]:
    """Return the maker of a request of one span."""
    return span_request


@pytest.fixture
def make_log() -> Callable[..., ExportLogsServiceRequest]:
    """Return the maker of a request of one log record."""
    return log_request


@pytest.fixture
def as_json() -> Callable[[Message], bytes]:
    """Return the writer of OTLP/JSON."""
    return otlp_json


@pytest.fixture
def read_span() -> Callable[..., dict[str, Any]]:
    """Return a reader: decode one span with these attributes (see `span_request`) and return its row."""

    def read(*arguments: Any, **fields: Any) -> dict[str, Any]:
        return decode("traces", [span_request(*arguments, **fields).SerializeToString()]).tables["spans"].to_pylist()[0]

    return read


@pytest.fixture
def decode_span() -> Callable[..., Decoded]:
    """Return a reader: decode one span (see `span_request`)."""

    def read(*arguments: Any, **fields: Any) -> Decoded:
        return decode("traces", [span_request(*arguments, **fields).SerializeToString()])

    return read


@pytest.fixture
def decode_log() -> Callable[..., Decoded]:
    """Return a reader: decode one log record (see `log_request`)."""

    def read(*arguments: Any, **fields: Any) -> Decoded:
        return decode("logs", [log_request(*arguments, **fields).SerializeToString()])

    return read
