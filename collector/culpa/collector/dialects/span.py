"""A span or log record as every dialect tells it, and the OTLP that it becomes."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby, islice

from culpa.collector.dialects.dialect import Piece, Value
from culpa.collector.dialects.shape import is_list, is_object

_KINDS = {"INTERNAL": 1, "SERVER": 2, "CLIENT": 3, "PRODUCER": 4, "CONSUMER": 5}
_STATUSES = {"OK": 1, "ERROR": 2}
#: Attributes whose values some tools write as text although they are numbers.
_NUMBERS = ("status_code", ".port", "peer.port", ".lineno")
#: Lists and objects within each other, beyond which a value is written as text.
_MAX_DEPTH = 16
#: As many as one group holds at most.
_MOST_ITEMS = 1_000
#: Attributes of a resource, name of a scope, and whether its members are spans.
_Owner = tuple[tuple[tuple[str, Value], ...], str, bool]
_INT64 = range(-(2**63), 2**63)


@dataclass(slots=True)
class Event:
    """Something that happened during a span."""

    name: str
    time_ns: int
    attributes: Mapping[str, Value]


@dataclass(slots=True)
class Span:
    """One span; ids in hex, times in ns since 1970."""

    trace_id: str
    span_id: str
    name: str
    start_ns: int
    end_ns: int
    parent_id: str = ""
    kind: int = 0
    status: int = 0
    message: str = ""
    trace_state: str = ""
    scope: str = ""
    attributes: Mapping[str, Value] = field(default_factory=dict[str, Value])
    resource: Mapping[str, Value] = field(default_factory=dict[str, Value])
    events: list[Event] = field(default_factory=list[Event])
    links: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


@dataclass(slots=True)
class Record:
    """One log record."""

    time_ns: int
    body: str
    severity: str
    trace_id: str = ""
    span_id: str = ""
    severity_number: int = 0
    attributes: Mapping[str, Value] = field(default_factory=dict[str, Value])
    resource: Mapping[str, Value] = field(default_factory=dict[str, Value])
    event_name: str = ""
    scope: str = ""


def kind_of(name: Value) -> int:
    """Return OTLP's number of a kind of span: `SpanKind.SERVER`, `SPAN_KIND_SERVER`, `server`."""
    return _KINDS.get(_word(name), 0)


def status_of(name: Value) -> int:
    """Return OTLP's number of a status: `ERROR`, `STATUS_CODE_ERROR`, `StatusCode.ERROR`, `Error`."""
    return _STATUSES.get(_word(name), 0)


def _word(name: Value) -> str:
    return str(name or "").upper().rpartition(".")[2].rpartition("_")[2]


def pieces_of(pieces: Iterable[Span | Record]) -> Iterator[Piece]:
    """Yield the groups of what was read, neighbours of one resource and scope together."""
    for owner, members in groupby(pieces, key=_owner):
        while some := list(islice(members, _MOST_ITEMS)):
            yield _piece(owner, some)


def _piece(owner: _Owner, members: list[Span | Record]) -> Piece:
    resource, scope, is_span = owner
    items = [_span(one) if isinstance(one, Span) else _record(one) for one in members]
    group: dict[str, Value] = {"resource": {"attributes": _pairs(dict(resource))}}
    if is_span:
        group["scopeSpans"] = [{"scope": {"name": scope}, "spans": items}]
    else:
        group["scopeLogs"] = [{"scope": {"name": scope}, "logRecords": items}]
    return Piece("traces" if is_span else "logs", group)


def _owner(one: Span | Record) -> _Owner:
    resource = tuple(
        (key, str(value) if (is_object(value) or is_list(value)) else value) for key, value in one.resource.items()
    )
    return resource, one.scope, isinstance(one, Span)


def _span(span: Span) -> Value:
    return {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "parentSpanId": span.parent_id,
        "traceState": span.trace_state,
        "name": span.name,
        "kind": span.kind,
        "startTimeUnixNano": str(span.start_ns),
        "endTimeUnixNano": str(max(span.end_ns, span.start_ns)),
        "attributes": _pairs(span.attributes),
        "status": {"code": span.status, "message": span.message},
        "events": [
            {"timeUnixNano": str(each.time_ns), "name": each.name, "attributes": _pairs(each.attributes)}
            for each in span.events
        ],
        "links": [{"traceId": trace_id, "spanId": span_id} for trace_id, span_id in span.links],
    }


def _record(record: Record) -> Value:
    return {
        "timeUnixNano": str(record.time_ns),
        "severityText": record.severity,
        "severityNumber": record.severity_number,
        "eventName": record.event_name,
        "body": {"stringValue": record.body},
        "traceId": record.trace_id,
        "spanId": record.span_id,
        "attributes": _pairs(record.attributes),
    }


def _pairs(attributes: Mapping[str, Value]) -> list[Value]:
    return [{"key": str(key), "value": _any(_number(str(key), value), 0)} for key, value in attributes.items()]


def _number(key: str, value: Value) -> Value:
    is_text = isinstance(value, str) and key.endswith(_NUMBERS) and len(value) < 10 and value.isascii()
    return int(value) if is_text and value.isdecimal() else value


def _any(value: Value, depth: int) -> Value:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int) and value in _INT64:
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if is_list(value) and depth < _MAX_DEPTH:
        return {"arrayValue": {"values": [_any(each, depth + 1) for each in value]}}
    if is_object(value) and depth < _MAX_DEPTH:
        pairs = [{"key": str(key), "value": _any(each, depth + 1)} for key, each in value.items()]
        return {"kvlistValue": {"values": pairs}}
    return {"stringValue": "" if value is None else str(value)}
