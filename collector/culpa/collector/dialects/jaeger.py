"""Jaeger's own JSON: the query API and the UI's download, and the documents that it keeps in Elasticsearch.

Source: Jaeger's `model/json` (times in µs); OpenTelemetry's "OpenTelemetry to Jaeger Transformation"; OpenTracing's
"Semantic Conventions" for the fields of a log that tells an error.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from culpa.collector.dialects import ids
from culpa.collector.dialects.dialect import Dialect, Piece, Unreadable, Value
from culpa.collector.dialects.shape import is_object, known, rows, table, text
from culpa.collector.dialects.span import Event, Span, kind_of, pieces_of, status_of
from culpa.collector.dialects.times import counted
from culpa.instrumentation.patterns import late_pattern

_KEYS = (late_pattern(rb'"traceID"\s*:'), late_pattern(rb'"spanID"\s*:'), late_pattern(rb'"operationName"\s*:'))
#: An answer without a trace.
_ANSWER = late_pattern(rb'\s*\{\s*"data"\s*:\s*(?:null|\[\s*\])\s*,\s*"total"\s*:')
_BEGIN = late_pattern(rb"\s*[\[{]")
_US = 1_000
#: Tags that stand for parts of a span, not for attributes.
_PARTS = frozenset(
    {
        "span.kind",
        "otel.status_code",
        "otel.status_description",
        "otel.scope.name",
        "otel.library.name",
        "w3c.tracestate",
    }
)
_TRUE = (True, "true", "True", 1, "1")


class _Owner(NamedTuple):
    resource: dict[str, Value]


def _is_spoken(head: bytes) -> bool:
    return _ANSWER.match(head) is not None or (
        _BEGIN.match(head) is not None and all(key.search(head) for key in _KEYS)
    )


def _pieces(values: Iterable[Value]) -> Iterator[Piece]:
    return pieces_of(_spans(values))


def _spans(values: Iterable[Value]) -> Iterator[Span]:
    for value in rows(list(values)):
        found = False
        for trace in _traces(value):
            owners = {name: _owner(process) for name, process in table(trace, "processes").items()}
            for span in rows(trace.get("spans")):
                found = True
                yield _span(span, owners)
        if not found and value.get("errors"):
            words = [text(error.get("msg")) for error in rows(value["errors"])]
            raise Unreadable(f"no trace but an error: {', '.join(words)}")


def _traces(value: dict[str, Value]) -> Iterator[dict[str, Value]]:
    if "hits" in value:
        yield {"spans": [table(hit, "_source") for hit in rows(table(value, "hits").get("hits"))]}
    elif "_source" in value:
        yield {"spans": [table(value, "_source")]}
    elif "spans" in value:
        yield value
    elif "spanID" in value:
        yield {"spans": [value]}
    else:
        for inner in rows(value.get("data")):
            yield from _traces(inner)


def _owner(process: Value) -> _Owner:
    process = process if is_object(process) else {}
    tags = _tags(process.get("tags"))
    return _Owner(known({"service.name": text(process.get("serviceName"))}) | tags)


def _span(span: dict[str, Value], owners: dict[str, _Owner]) -> Span:
    tags = _tags(span.get("tags")) | {key.replace("@", "."): value for key, value in table(span, "tag").items()}
    owner = owners.get(text(span.get("processID"))) or _owner(span.get("process"))
    start = counted(span.get("startTime"), _US)
    parent, links = _references(span)
    failed = status_of(tags.get("otel.status_code")) or (2 if tags.get("error") in _TRUE else 0)
    return Span(
        ids.trace_id(span.get("traceID")),
        ids.span_id(span.get("spanID")),
        text(span.get("operationName")),
        start,
        start + counted(span.get("duration"), _US),
        parent_id=parent,
        kind=kind_of(tags.get("span.kind")),
        status=failed,
        message=text(tags.get("otel.status_description")),
        trace_state=text(tags.get("w3c.tracestate")),
        scope=text(tags.get("otel.scope.name") or tags.get("otel.library.name")),
        attributes={key: value for key, value in tags.items() if key not in _PARTS and (key, value) != ("error", True)},
        resource=owner.resource,
        events=[_event(log) for log in rows(span.get("logs"))],
        links=links,
    )


def _references(span: dict[str, Value]) -> tuple[str, list[tuple[str, str]]]:
    """Return the parent, and the other spans that it follows from."""
    trace_id = ids.trace_id(span.get("traceID"))
    spans = [
        (text(one.get("refType")) == "CHILD_OF", ids.trace_id(one.get("traceID")), ids.span_id(one.get("spanID")))
        for one in rows(span.get("references"))
    ]
    inside = sorted((one for one in spans if one[1] == trace_id), key=lambda one: not one[0])
    parent = inside[0][2] if inside else ids.span_id(span.get("parentSpanID"))
    links = [(trace, span_id) for _, trace, span_id in spans if span_id != parent]
    return parent if parent.strip("0") else "", links


def _event(log: dict[str, Value]) -> Event:
    fields = _tags(log.get("fields"))
    name = text(fields.pop("event", "") or fields.pop("name", "")) or "log"
    time = counted(log.get("timestamp"), _US)
    if name == "error" and "exception.type" not in fields and fields.keys() & {"error.kind", "error.object", "stack"}:
        # OpenTracing's way to tell an exception.
        words = {
            "exception.type": fields.pop("error.kind", ""),
            "exception.message": fields.pop("message", "") or fields.pop("error.object", ""),
            "exception.stacktrace": fields.pop("stack", ""),
        }
        return Event("exception", time, known(words) | fields)
    return Event(name, time, fields)


def _tags(spans: Value) -> dict[str, Value]:
    return {text(tag.get("key")): _value(tag) for tag in rows(spans)}


def _value(tag: dict[str, Value]) -> Value:
    value, kind = tag.get("value"), tag.get("type")
    if not isinstance(value, str):
        return value
    if kind in ("int64", "float64"):
        try:
            return int(value[:20]) if kind == "int64" else float(value)
        except ValueError:
            return value
    return value == "true" if kind == "bool" else value


JAEGER = Dialect("Jaeger", _is_spoken, _pieces, by_line=True)
