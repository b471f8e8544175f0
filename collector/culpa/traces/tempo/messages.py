"""A trace in Tempo's messages. Pure.

Source: pkg/tempopb/tempo.proto: `Trace` is TracesData of OTLP, and TraceByIDResponse has it as its first field.
"""

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from culpa.traces.spans import Json

if TYPE_CHECKING:
    from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

_IDS: Final = ("traceId", "spanId", "parentSpanId")


def trace_message(sent: Sequence[Json]) -> "TracesData":
    """Return a trace as Protobuf."""
    # With all that is behind it, which a collector of other answers need not load.
    from google.protobuf.json_format import ParseDict
    from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

    return ParseDict({"resourceSpans": [_in_base64(one) for one in sent]}, TracesData())


def in_response(message: bytes) -> bytes:
    """Return TraceByIDResponse with this trace: a field of bytes, number 1."""
    return b"\x0a" + _varint(len(message)) + message


def trace_json(message: "TracesData") -> list[Any]:
    """Return the `batches` of a trace in the JSON of Protobuf: ids in base64, kinds by their names."""
    from google.protobuf.json_format import MessageToDict

    batches: list[Any] = MessageToDict(message).get("resourceSpans", [])
    return batches


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _in_base64(value: Any) -> Any:
    """Return the same with ids as Protobuf's JSON writes bytes."""
    if isinstance(value, list):
        return [_in_base64(one) for one in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    plain = cast("Json", value)
    return {
        key: base64.b64encode(bytes.fromhex(one)).decode() if key in _IDS else _in_base64(one)
        for key, one in plain.items()
    }
