"""Redact the body of an OTLP export, which stays one: the same items, ids, times, numbers and keys, other texts.

The texts of a body are gathered, redacted as one column, and put back. What is a secret by its key is replaced
whatever its type. Refuses to say what a body means: that is `decode`'s.
"""

import operator
from base64 import b64decode
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from culpa.collector.redact.arrow import Kind, kind_of, redact_array
from culpa.instrumentation.redact import redact_value

_EXPORTS: Final[dict[str, type[Message]]] = {
    "traces": ExportTraceServiceRequest,
    "logs": ExportLogsServiceRequest,
    "metrics": ExportMetricsServiceRequest,
}
#: Names of fields whose text is no telemetry of the user's, in both spellings of JSON.
_AS_IT_IS: Final = frozenset(
    {
        *("key", "kind", "code", "unit", "count", "version", "flags", "asInt", "as_int", "intValue", "int_value"),
        *("traceId", "trace_id", "spanId", "span_id", "parentSpanId", "parent_span_id", "traceState", "trace_state"),
        *("timeUnixNano", "time_unix_nano", "startTimeUnixNano", "start_time_unix_nano"),
        *("endTimeUnixNano", "end_time_unix_nano", "observedTimeUnixNano", "observed_time_unix_nano"),
        *("severityNumber", "severity_number", "severityText", "severity_text", "schemaUrl", "schema_url"),
        *("aggregationTemporality", "aggregation_temporality"),
    }
)
#: Deeper than this nobody's telemetry is; what is there is taken away.
_MAX_DEPTH: Final = 64
_MASK: Final = redact_value(Kind.SECRET, "secret")
#: As a number: it is compared for each value.
_SECRET: Final = int(Kind.SECRET)

#: How a text is put back: (whose it is, its name there, the text).
_Put = Callable[[Any, str, str], None]


class NotRedacted(ValueError):
    """A body is no export that can be read."""


def redact_export(signal: str, body: bytes, *, is_json: bool = False) -> bytes:
    """Return the body of an export without secrets. Errors: NotRedacted."""
    texts = _Texts()
    try:
        if is_json:
            tree: Any = msgspec.json.decode(body)
            _json(tree, int(Kind.TEXT), texts, 0)
            texts.redact()
            return msgspec.json.encode(tree)
        export = _EXPORTS[signal].FromString(body)
        _message(export, int(Kind.TEXT), texts, 0)
        texts.redact()
        return export.SerializeToString()
    except (DecodeError, msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise NotRedacted(f"this body of {signal} cannot be read ({type(error).__name__})") from error


class _Texts:
    """Texts with what each is, and where it belongs."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._kinds: list[int] = []
        self._places: list[tuple[_Put, Any, str]] = []

    def add(self, text: str, kind: int, put: _Put, owner: Any, name: str) -> None:
        if text:
            self._texts.append(text)
            self._kinds.append(kind)
            self._places.append((put, owner, name))

    def redact(self) -> None:
        """Put back what has changed."""
        if not self._texts:
            return
        before = pa.array(self._texts, pa.string())
        after = redact_array(before, np.array(self._kinds, np.uint8))
        if after is before:
            return
        for text, clean, (put, owner, name) in zip(self._texts, after.to_pylist(), self._places, strict=True):
            if clean != text:
                put(owner, name, clean or "")


class _Fields(NamedTuple):
    """The fields of one type of message that lead to texts, by what they hold; of messages, whether several."""

    texts: tuple[str, ...]
    pairs: tuple[str, ...]
    values: tuple[str, ...]
    messages: tuple[tuple[str, bool], ...]


@cache
def _fields(of: Descriptor) -> _Fields:
    """Look once at a type: to ask each message of its fields costs more than all else."""
    held = [(field.name, field.is_repeated, field.message_type) for field in of.fields]
    kinds = {name: kind.name if kind else "" for name, _, kind in held}
    return _Fields(
        tuple(field.name for field in of.fields if field.type == field.TYPE_STRING and field.name not in _AS_IT_IS),
        tuple(name for name, kind in kinds.items() if kind == "KeyValue"),
        tuple(name for name, kind in kinds.items() if kind == "AnyValue"),
        tuple((name, several) for name, several, kind in held if kind and kind.name not in ("KeyValue", "AnyValue")),
    )


def _message(message: Any, kind: int, texts: _Texts, depth: int) -> None:
    fields = _fields(message.DESCRIPTOR)
    for name in fields.texts:
        _text(message, name, kind, texts)
    for name in fields.pairs:
        for one in getattr(message, name):
            _value(one.value, _kind_below(kind, one.key), texts, depth + 1)
    for name in fields.values:
        _value(getattr(message, name), kind, texts, depth + 1)
    for name, is_repeated in fields.messages:
        held = getattr(message, name)
        for one in held if is_repeated else (held,):
            _message(one, kind, texts, depth + 1)


def _text(message: Any, name: str, kind: int, texts: _Texts) -> None:
    texts.add(getattr(message, name), kind, setattr, message, name)


def _kind_below(kind: int, key: str) -> int:
    """Return what a value is below a key; below a secret everything is one."""
    return kind if kind == _SECRET else kind_of(key)


def _value(value: Any, kind: int, texts: _Texts, depth: int) -> None:
    text = value.string_value
    if text and depth <= _MAX_DEPTH:
        texts.add(text, kind, setattr, value, "string_value")
        return
    which = value.WhichOneof("value")
    if which is None:
        return
    if depth > _MAX_DEPTH:
        value.string_value = _MASK
    elif which == "array_value":
        for one in value.array_value.values:
            _value(one, kind, texts, depth + 1)
    elif which == "kvlist_value":
        for one in value.kvlist_value.values:
            _value(one.value, _kind_below(kind, one.key), texts, depth + 1)
    elif which == "string_value":
        return
    elif kind == _SECRET:
        value.string_value = _MASK
    elif which == "bytes_value":
        # Shown by nobody as it is, and read by nobody here; a text in it is one.
        texts.add(value.bytes_value.decode("utf-8", "ignore"), kind, setattr, value, "string_value")


def _json(tree: Any, kind: int, texts: _Texts, depth: int) -> None:
    if depth > 4 * _MAX_DEPTH:
        raise NotRedacted("it is nested too deeply")
    if isinstance(tree, dict):
        table: dict[str, Any] = tree  # pyright: ignore[reportUnknownVariableType] - a stranger's JSON
        key = table.get("key")
        if isinstance(key, str) and "value" in table:
            kind = _kind_below(kind, key)
        _members(table, list(table.items()), kind, texts, depth)
    elif isinstance(tree, list):
        several: list[Any] = tree  # pyright: ignore[reportUnknownVariableType] - a stranger's JSON
        _members(several, enumerate(several), kind, texts, depth)


def _members(owner: Any, members: Iterable[tuple[Any, Any]], kind: int, texts: _Texts, depth: int) -> None:
    for name, value in members:
        if isinstance(value, (dict, list)):
            _json(value, kind, texts, depth + 1)
        elif kind == _SECRET and str(name).endswith(("Value", "_value")):
            # A number, too: whoever reads it takes it for text.
            owner[name] = _MASK if name in ("stringValue", "string_value") else None
        elif isinstance(value, str) and name in ("bytesValue", "bytes_value"):
            texts.add(_decoded(value), kind, _say_as_text, owner, str(name))
        elif isinstance(value, str) and name not in _AS_IT_IS:
            texts.add(value, kind, operator.setitem, owner, name)


def _decoded(text: str) -> str:
    try:
        return b64decode(text).decode("utf-8", "ignore")
    except ValueError:
        return text


def _say_as_text(owner: dict[str, Any], name: str, text: str) -> None:
    del owner[name]
    owner["stringValue"] = text
