"""The shapes of OTLP/JSON: camelCase keys, hex ids, numbers also as text, enums also by name.

Unknown fields are skipped. Source: opentelemetry-proto 1.x, "JSON Protobuf Encoding".
"""

import math
from binascii import Error as HexError
from binascii import unhexlify
from typing import Any

import msgspec

from culpa.collector.decode.anyvalue import MAX_DEPTH, TOO_DEEP, Plain

Number = int | str | float | None
#: More than any number of 64 bits has; Python refuses more than 4300.
_MAX_DIGITS = 400


class Shape(msgspec.Struct, rename="camel", gc=False):
    """A JSON object of OTLP."""


class AnyValue(Shape):
    """A value of any kind; one of the fields is set."""

    string_value: str | None = None
    int_value: Number = None
    bool_value: bool | None = None
    double_value: Number = None
    # Any: these hold AnyValues again, and a cycle of types must not be collected by a struct without gc.
    array_value: "ArrayValue | None" = None
    kvlist_value: "KeyValueList | None" = None
    bytes_value: str | None = None


class KeyValue(Shape):
    """One attribute."""

    key: str | None = None
    value: AnyValue | None = None


class ArrayValue(Shape):
    """A list of values."""

    values: list[AnyValue | None] | None = None


class KeyValueList(Shape):
    """A map of values."""

    values: list[KeyValue] | None = None


Pairs = list[KeyValue] | None


class Resource(Shape):
    """What sent the telemetry."""

    attributes: Pairs = None


class Scope(Shape):
    """What made the telemetry."""

    name: str | None = None
    version: str | None = None


class Event(Shape):
    """An event of a span."""

    time_unix_nano: Number = None
    name: str | None = None
    attributes: Pairs = None


class Link(Shape):
    """A link to another span."""

    trace_id: str | None = None
    span_id: str | None = None
    attributes: Pairs = None


class Status(Shape):
    """The status of a span."""

    message: str | None = None
    code: Number = None


class Span(Shape):
    """A span."""

    trace_id: str | None = None
    span_id: str | None = None
    parent_span_id: str | None = None
    trace_state: str | None = None
    name: str | None = None
    kind: Number = None
    start_time_unix_nano: Number = None
    end_time_unix_nano: Number = None
    attributes: Pairs = None
    events: list[Event] | None = None
    links: list[Link] | None = None
    status: Status | None = None
    flags: Number = None


class LogRecord(Shape):
    """A log record."""

    time_unix_nano: Number = None
    observed_time_unix_nano: Number = None
    severity_number: Number = None
    severity_text: str | None = None
    body: AnyValue | None = None
    attributes: Pairs = None
    trace_id: str | None = None
    span_id: str | None = None
    event_name: str | None = None


class ScopeSpans(Shape):
    """Spans of one library."""

    scope: Scope | None = None
    spans: list[Span] | None = None


class ResourceSpans(Shape):
    """Spans of one resource."""

    resource: Resource | None = None
    scope_spans: list[ScopeSpans] | None = None
    schema_url: str | None = None


class Traces(Shape):
    """A body of /v1/traces."""

    resource_spans: list[ResourceSpans] | None = None


class ScopeLogs(Shape):
    """Log records of one library."""

    scope: Scope | None = None
    log_records: list[LogRecord] | None = None


class ResourceLogs(Shape):
    """Log records of one resource."""

    resource: Resource | None = None
    scope_logs: list[ScopeLogs] | None = None
    schema_url: str | None = None


class Logs(Shape):
    """A body of /v1/logs."""

    resource_logs: list[ResourceLogs] | None = None


def integer(value: Number) -> int:
    """Return a 64-bit number. Errors: ValueError, OverflowError for a text or fraction that is none."""
    if isinstance(value, int):
        return value
    if value is None:
        return 0
    if isinstance(value, str) and len(value) > _MAX_DIGITS:
        raise ValueError(f"a number of {len(value)} digits")
    number = int(value)
    if isinstance(value, float) and float(number) != value:
        raise ValueError(f"{value!r} is not a whole number")
    return number


def unsigned(value: Number) -> int:
    """Return a number of 64 bits without a sign, the nearest one to a value that does not fit. Errors: as `integer`."""
    number = integer(value)
    return number if not number >> 64 else max(0, min(number, 2**64 - 1))


def real(value: Number) -> float:
    """Return a double; `NaN`, `Infinity` and `-Infinity` are texts. Errors: ValueError."""
    try:
        return float(value) if value is not None else 0.0
    except OverflowError:
        return math.inf if integer(value) > 0 else -math.inf


def enum(value: Number, names: Any) -> int:
    """Return an enum's number, given by number or name; an unknown name is 0, unspecified."""
    if isinstance(value, str) and not value.lstrip("-").isdecimal():
        known: int = names.values_by_name[value].number if value in names.values_by_name else 0
        return known
    return max(-(2**31), min(integer(value), 2**31 - 1))


def identifier(text: str | None) -> bytes:
    """Return the bytes of a hex id in either case; what is not hex has no length, so nobody accepts it."""
    if not text:
        return b""
    try:
        return unhexlify(text)
    except (HexError, ValueError):
        return b""


def plain(value: AnyValue | None, depth: int = 0) -> Plain:
    """Return the value; a number or bytes that cannot be read as they were written."""
    if value is None:
        return None
    if value.string_value is not None:
        return value.string_value
    if value.int_value is not None:
        try:
            return integer(value.int_value)
        except (ValueError, OverflowError):
            return str(value.int_value)
    if value.bool_value is not None:
        return value.bool_value
    if value.double_value is not None:
        try:
            return real(value.double_value)
        except ValueError:
            return str(value.double_value)
    if depth >= MAX_DEPTH:
        return TOO_DEEP
    if value.array_value is not None:
        return [plain(item, depth + 1) for item in value.array_value.values or ()]
    if value.kvlist_value is not None:
        return {pair.key or "": plain(pair.value, depth + 1) for pair in value.kvlist_value.values or ()}
    if value.bytes_value is not None:
        try:
            return msgspec.convert(value.bytes_value, bytes)
        except msgspec.MsgspecError:
            return value.bytes_value
    return None
