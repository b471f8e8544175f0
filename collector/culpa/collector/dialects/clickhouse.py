"""Rows as the collector's ClickHouse exporter writes them (`otel_traces`, `otel_logs`), from a table or as JSON a line.

Source: opentelemetry-collector-contrib's `clickhouseexporter` (durations in ns, parts of events in lists side by side).
"""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from culpa.collector.dialects import ids
from culpa.collector.dialects.dialect import Dialect, Piece, Value
from culpa.collector.dialects.shape import is_list, is_object, rows, table, text, whole
from culpa.collector.dialects.span import Event, Record, Span, kind_of, pieces_of, status_of
from culpa.collector.dialects.times import counted, written
from culpa.instrumentation.patterns import late_pattern

#: Columns that a table of spans, and of log records, has at least.
TRACES = frozenset({"Timestamp", "TraceId", "SpanId", "SpanName", "Duration"})
LOGS = frozenset({"Timestamp", "TraceId", "Body", "SeverityText"})
#: What else is read of them.
COLUMNS = (
    TRACES
    | LOGS
    | frozenset(
        {"ParentSpanId", "TraceState", "SpanKind", "ServiceName", "ResourceAttributes", "ScopeName", "SpanAttributes"}
        | {"StatusCode", "StatusMessage", "LogAttributes", "SeverityNumber", "EventName", "Events", "Links"}
        | {f"Events.{part}" for part in ("Timestamp", "Name", "Attributes")}
        | {f"Links.{part}" for part in ("TraceId", "SpanId")}
    )
)

_HEAD = (late_pattern(rb'"TraceId"\s*:'), late_pattern(rb'"Timestamp"\s*:'), late_pattern(rb'"(?:SpanName|Body)"\s*:'))
_BEGIN = late_pattern(rb"\s*[\[{]")
#: Objects within each other, beyond which a value stays as it is.
_MAX_DEPTH = 16
_NOT_WORD = late_pattern(r"[^a-z0-9]")
#: How members of nested columns are spelled, too.
_PART = {
    "timestamp": "Timestamp",
    "timeunixnano": "Timestamp",
    "time": "Timestamp",
    "name": "Name",
    "attributes": "Attributes",
    "traceid": "TraceId",
    "spanid": "SpanId",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _is_spoken(head: bytes) -> bool:
    return _BEGIN.match(head) is not None and all(key.search(head) for key in _HEAD)


def pieces(values: Iterable[Value]) -> Iterator[Piece]:
    """Yield the groups of rows, each a mapping of columns to values."""
    return pieces_of(_read(values))


def _read(values: Iterable[Value]) -> Iterator[Span | Record]:
    for value in rows(list(values)):
        for row in rows(value["data"]) if is_list(value.get("data")) and "meta" in value else (value,):
            if "SpanName" in row:
                yield _span(row)
            elif "Body" in row:
                yield _record(row)


def _span(row: dict[str, Value]) -> Span:
    start, status = _time(row.get("Timestamp")), status_of(_text(row.get("StatusCode")))
    return Span(
        ids.trace_id(_text(row.get("TraceId"))),
        ids.span_id(_text(row.get("SpanId"))),
        _text(row.get("SpanName")),
        start,
        start + counted(row.get("Duration"), 1),
        parent_id=ids.span_id(_text(row.get("ParentSpanId")).strip("\0")),
        kind=kind_of(_text(row.get("SpanKind"))),
        status=status,
        message=_text(row.get("StatusMessage")) if status == 2 else "",
        trace_state=_text(row.get("TraceState")),
        scope=_text(row.get("ScopeName")),
        attributes=_map(row.get("SpanAttributes")),
        resource=_resource(row),
        events=list(_events(row)),
        links=[
            (ids.trace_id(trace), ids.span_id(span)) for trace, span in _side_by_side(row, "Links", "TraceId", "SpanId")
        ],
    )


def _record(row: dict[str, Value]) -> Record:
    return Record(
        _time(row.get("Timestamp")),
        _text(row.get("Body")),
        _text(row.get("SeverityText")),
        ids.trace_id(_text(row.get("TraceId"))),
        ids.span_id(_text(row.get("SpanId"))),
        severity_number=whole(row.get("SeverityNumber"), 25) or 0,
        event_name=_text(row.get("EventName")),
        scope=_text(row.get("ScopeName")),
        attributes=_map(row.get("LogAttributes")),
        resource=_resource(row),
    )


def _resource(row: dict[str, Value]) -> dict[str, Value]:
    service = _text(row.get("ServiceName"))
    return ({"service.name": service} if service else {}) | _map(row.get("ResourceAttributes"))


def _events(row: dict[str, Value]) -> Iterator[Event]:
    for time, name, attributes in _side_by_side(row, "Events", "Timestamp", "Name", "Attributes"):
        yield Event(_text(name), _time(time), _map(attributes))


def _side_by_side(row: dict[str, Value], name: str, *parts: str) -> Iterator[tuple[Value, ...]]:
    """Yield the members of a nested column: lists side by side, or a list of objects, also as JSON."""
    nested = row.get(name)
    if isinstance(nested, str | bytes):
        nested = _parsed(nested)
    if is_list(nested):
        for one in rows(nested):
            spelled = {_PART.get(_NOT_WORD.sub("", key.lower()), key): value for key, value in one.items()}
            yield tuple(spelled.get(part) for part in parts)
        return
    columns = [table(row, name).get(part) or row.get(f"{name}.{part}") for part in parts]
    if all(is_list(column) for column in columns):
        yield from zip(*columns, strict=False)


def _map(mapping: Value) -> dict[str, Value]:
    """Return a map: an object, its JSON, or a list of pairs as Arrow or OTLP has it."""
    if isinstance(mapping, str | bytes):
        mapping = _parsed(mapping)
    if is_object(mapping):
        return dict(_paths(mapping, "", 0))
    pairs = mapping if is_list(mapping) else []
    told = {_text(one["key"]): _told(one.get("value")) for one in pairs if is_object(one) and "key" in one}
    return told | {_text(one[0]): _flat(one[1]) for one in pairs if is_list(one) and len(one) == 2}


def _parsed(text: str | bytes) -> Value:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _told(value: Value) -> Value:
    """Return the value of a pair, of OTLP's the one of its members that says something."""
    if not is_object(value):
        return _flat(value)
    said = [(name, one) for name, one in value.items() if one is not None]
    if len(said) != 1:
        return str(value) if said else ""
    [(name, one)] = said
    is_whole = _NOT_WORD.sub("", name.lower()) == "intvalue" and isinstance(one, str)
    return int(one) if is_whole and one.lstrip("-").isdecimal() else _flat(one)


def _paths(mapping: dict[str, Value], before: str, depth: int) -> Iterator[tuple[str, Value]]:
    """Yield the members of a map: a column of JSON keeps `http.route` as `route` in an object `http`."""
    for key, value in mapping.items():
        if is_object(value) and value and depth < _MAX_DEPTH:
            yield from _paths(value, f"{before}{_text(key)}.", depth + 1)
        else:
            yield before + _text(key), _flat(value)


def _flat(value: Value) -> Value:
    return _text(value) if isinstance(value, bytes) else value


def _text(value: Value) -> str:
    # Parquet that ClickHouse wrote has bytes where others have text.
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else text(value)


def _time(value: Value) -> int:
    if isinstance(value, datetime):
        since = (value if value.tzinfo else value.replace(tzinfo=UTC)) - _EPOCH
        return max(0, (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1_000)
    return counted(value, 1) if isinstance(value, int) else written(value)


CLICKHOUSE = Dialect("the ClickHouse exporter's rows", _is_spoken, pieces, by_line=True)
