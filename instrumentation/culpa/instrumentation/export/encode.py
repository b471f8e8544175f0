"""Encode spans as OTLP protobuf four times as fast as through message objects: most attributes recur.

Refuses what is rare (links, values that are lists or maps, resources, scopes): the SDK's encoder does those parts.
Source: opentelemetry/proto/trace/v1/trace.proto and common/v1/common.proto, OTLP 1.x; the wire format of protobuf.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.exporter.otlp.proto.common._internal import (
    _encode_attributes,  # pyright: ignore[reportPrivateUsage]
    _encode_instrumentation_scope,  # pyright: ignore[reportPrivateUsage]
    _encode_resource,  # pyright: ignore[reportPrivateUsage]
)
from opentelemetry.exporter.otlp.proto.common._internal.trace_encoder import (
    _encode_links,  # pyright: ignore[reportPrivateUsage]
    _span_flags,  # pyright: ignore[reportPrivateUsage]
)
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import SpanKind, Status

#: Field number and wire type, one byte each: (number << 3) | type; 2 is length-delimited.
_TRACE_ID, _SPAN_ID, _PARENT_ID = b"\x0a\x10", b"\x12\x08", b"\x22\x08"
_TRACE_STATE, _NAME, _ATTRIBUTE, _EVENT, _LINK, _STATUS = 0x1A, 0x2A, 0x4A, 0x5A, 0x6A, 0x7A
_EVENT_NAME, _EVENT_ATTRIBUTE = 0x12, 0x1A
_KIND = {kind: bytes((0x30, kind.value + 1)) for kind in SpanKind}
_TIMES = struct.Struct("<BQBQ")
_EVENT_TIME = struct.Struct("<BQ")
_FLAGS = struct.Struct("<I")
_DOUBLE = struct.Struct("<d")
#: Characters; longer texts are seldom the same twice.
_CACHED = 512


def encode_spans(spans: Sequence[ReadableSpan]) -> bytes:
    """Return an ExportTraceServiceRequest that holds the spans, grouped by resource and scope."""
    groups: dict[int, dict[Any, list[bytes]]] = {}
    resources = {id(span.resource): span.resource for span in spans}
    for span in spans:
        scopes = groups.setdefault(id(span.resource), {})
        scopes.setdefault(span.instrumentation_scope, []).append(_field(0x12, _span(span)))
    # A batch of failures is megabytes: it is put together once, not again at each level.
    parts: list[bytes] = []
    for key, scopes in groups.items():
        inner = _of_resource(resources[key], scopes)
        parts += (_opening(0x0A, sum(map(len, inner))), *inner)
    return b"".join(parts)


def _of_resource(resource: Any, scopes: dict[Any, list[bytes]]) -> list[bytes]:
    parts = [_field(0x0A, _encode_resource(resource).SerializePartialToString())]
    for scope, spans in scopes.items():
        head = _field(0x0A, _encode_instrumentation_scope(scope).SerializePartialToString())
        url = scope.schema_url if scope is not None else ""
        inner = [head, *spans, _text(0x1A, url) if url else b""]
        parts += (_opening(0x12, sum(map(len, inner))), *inner)
    if resource.schema_url:
        parts.append(_text(0x1A, resource.schema_url))
    return parts


def _span(span: ReadableSpan) -> bytes:
    own, parent = span.get_span_context(), span.parent
    if own is None:
        raise ValueError(f"the span {span.name} has no ids")
    parts = [_TRACE_ID, own.trace_id.to_bytes(16, "big"), _SPAN_ID, own.span_id.to_bytes(8, "big")]
    if own.trace_state:
        parts.append(_text(_TRACE_STATE, ",".join(f"{key}={value}" for key, value in own.trace_state.items())))
    if parent is not None:
        parts += (_PARENT_ID, parent.span_id.to_bytes(8, "big"))
    parts += (
        _text(_NAME, span.name),
        _KIND[span.kind],
        _TIMES.pack(0x39, span.start_time or 0, 0x41, span.end_time or 0),
        *_attributes(_ATTRIBUTE, span._attributes),  # pyright: ignore[reportPrivateUsage]  # the public face copies
    )
    if span._events:  # pyright: ignore[reportPrivateUsage]
        parts += (_field(_EVENT, _event(event)) for event in span.events)
    if span._links:  # pyright: ignore[reportPrivateUsage]
        parts += (_field(_LINK, link.SerializePartialToString()) for link in _encode_links(span.links))
    dropped = ((0x50, span.dropped_attributes), (0x60, span.dropped_events), (0x70, span.dropped_links))
    parts += (bytes((tag,)) + _varint(count) for tag, count in dropped if count)
    parts += (_status(span.status), b"\x85\x01", _FLAGS.pack(_span_flags(parent)))
    return b"".join(parts)


def _event(event: Event) -> bytes:
    parts = [_EVENT_TIME.pack(0x09, event.timestamp), _text(_EVENT_NAME, event.name)]
    parts += _attributes(_EVENT_ATTRIBUTE, event.attributes)
    if event.dropped_attributes:
        parts.append(b"\x20" + _varint(event.dropped_attributes))
    return b"".join(parts)


def _status(status: Status) -> bytes:
    code = bytes((0x18, status.status_code.value)) if status.status_code.value else b""
    return _field(_STATUS, (_text(0x12, status.description) if status.description else b"") + code)


def plain(attributes: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return the dict inside of attributes: going through their face copies all keys under a lock."""
    if isinstance(attributes, BoundedAttributes):
        return attributes._dict  # pyright: ignore[reportPrivateUsage]
    return attributes or {}


def _attributes(tag: int, attributes: Mapping[str, Any] | None) -> Iterator[bytes]:
    for key, value in plain(attributes).items():
        if isinstance(value, str):
            if len(value) <= _CACHED:
                yield _scalar(tag, key, value)
            else:
                yield _field(tag, _text(0x0A, key) + _field(0x12, _text(0x0A, value)))
        elif type(value) in _SCALARS:
            yield _scalar(tag, key, value)
        else:
            for pair in _encode_attributes({key: value}) or ():
                yield _field(tag, pair.SerializePartialToString())


#: A class derived from one of them (an enumeration's members) goes the SDK's way.
_SCALARS = frozenset((bool, int, float))


# Typed: 1, 1.0 and True are equal.
@lru_cache(4096, typed=True)
def _scalar(tag: int, key: str, value: str | bool | int | float) -> bytes:
    if isinstance(value, str):
        inner = _field(0x0A, value.encode("utf-8", "replace"))
    elif isinstance(value, bool):
        inner = b"\x10\x01" if value else b"\x10\x00"
    elif isinstance(value, int):
        inner = b"\x18" + _varint(value & 0xFFFF_FFFF_FFFF_FFFF)
    else:
        inner = b"\x21" + _DOUBLE.pack(value)
    return _field(tag, _text(0x0A, key) + _field(0x12, inner))


def _text(tag: int, value: str) -> bytes:
    return _short(tag, value) if len(value) <= _CACHED else _encoded(tag, value)


def _encoded(tag: int, value: str) -> bytes:
    return _field(tag, value.encode("utf-8", "replace"))


_short = lru_cache(2048)(_encoded)


def _field(tag: int, content: bytes) -> bytes:
    return _opening(tag, len(content)) + content


def _opening(tag: int, size: int) -> bytes:
    return bytes((tag, size)) if size < 128 else bytes((tag,)) + _varint(size)


def _varint(number: int) -> bytes:
    done = bytearray()
    while number > 127:
        done.append(number & 127 | 128)
        number >>= 7
    done.append(number)
    return bytes(done)
