"""Spans as Python's, Go's and PHP's SDKs print them: one JSON object after the other, over many lines or in one.

Source: opentelemetry-python's `ReadableSpan.to_json`; opentelemetry-go's `stdouttrace` (`SpanStub`);
opentelemetry-php's `ConsoleSpanExporter`, one object for the spans of a resource, times in ns.
"""

from collections.abc import Iterable, Iterator

from culpa.collector.dialects import ids
from culpa.collector.dialects.dialect import Dialect, Piece, Unreadable, Value
from culpa.collector.dialects.shape import is_object, rows, table, text, whole
from culpa.collector.dialects.span import Event, Span, kind_of, pieces_of, status_of
from culpa.collector.dialects.times import counted, written
from culpa.instrumentation.patterns import late_pattern

PYTHON_SPAN = late_pattern(r'"trace_id"\s*:\s*"0x[0-9a-f]{32}"')
GO_SPAN = late_pattern(r'"SpanContext"\s*:\s*\{\s*"TraceID"\s*:\s*"[0-9a-f]{32}"')
_PYTHON_HEAD, _GO_HEAD = late_pattern(PYTHON_SPAN.pattern.encode()), late_pattern(GO_SPAN.pattern.encode())
#: The spans of PHP stand in scopes, their ids in a context of their own.
_PHP_HEADS = (
    late_pattern(rb'"scopes"\s*:\s*\['),
    late_pattern(rb'"context"\s*:\s*\{\s*"trace_id"\s*:\s*"[0-9a-f]{32}"'),
)
_BEGIN = late_pattern(rb"\s*[\[{]")


def _is_spoken(head: bytes) -> bool:
    return _BEGIN.match(head) is not None and is_printed(head)


def is_printed(head: bytes) -> bool:
    """Say whether one of these SDKs printed a span here."""
    if _PYTHON_HEAD.search(head) or _GO_HEAD.search(head):
        return True
    return all(pattern.search(head) for pattern in _PHP_HEADS)


def pieces_of_values(values: Iterable[Value]) -> Iterator[Piece]:
    """Yield the spans among values. Errors: Unreadable, at one that is none."""
    return pieces_of(span for value in rows(list(values)) for span in _spans(value))


def _spans(value: dict[str, Value]) -> Iterator[Span]:
    if "scopes" not in value:
        yield _span(value)
        return
    resource = table(value, "resource", "attributes")
    for scope in rows(value.get("scopes")):
        for span in rows(scope.get("spans")):
            yield _of_php(span, text(scope.get("name")), resource)


def _of_php(value: dict[str, Value], scope: str, resource: dict[str, Value]) -> Span:
    context, status = table(value, "context"), table(value, "status")
    return Span(
        ids.trace_id(context.get("trace_id")),
        ids.span_id(context.get("span_id")),
        text(value.get("name")),
        counted(value.get("start"), 1),
        counted(value.get("end"), 1),
        parent_id=ids.span_id(value.get("parent_span_id")),
        kind=kind_of(text(value.get("kind")).removeprefix("KIND_")),
        status=status_of(status.get("code")),
        message=text(status.get("description")),
        scope=scope,
        attributes=table(value, "attributes"),
        resource=resource,
        events=[
            Event(text(one.get("name")), counted(one.get("timestamp"), 1), table(one, "attributes"))
            for one in rows(value.get("events"))
        ],
        links=[_link(table(one, "context"), "trace_id", "span_id") for one in rows(value.get("links"))],
    )


def _span(value: dict[str, Value]) -> Span:
    if "trace_id" in table(value, "context"):
        return _of_python(value)
    if "TraceID" in table(value, "SpanContext"):
        return _of_go(value)
    raise Unreadable(f"no span in an object with the keys {', '.join(list(value)[:8])}")


def _of_python(value: dict[str, Value]) -> Span:
    context, resource = table(value, "context"), table(value, "resource")
    # The first versions printed the code alone.
    status: Value = value.get("status")
    code: Value = status.get("status_code") if is_object(status) else status
    return Span(
        ids.trace_id(context.get("trace_id")),
        ids.span_id(context.get("span_id")),
        text(value.get("name")),
        written(value.get("start_time")),
        written(value.get("end_time")),
        parent_id=ids.span_id(value.get("parent_id")),
        kind=kind_of(value.get("kind")),
        status=status_of(code),
        message=text(table(value, "status").get("description")),
        attributes=table(value, "attributes"),
        # Up to 1.11 the resource was printed as its attributes.
        resource=table(resource, "attributes") or {key: one for key, one in resource.items() if isinstance(one, str)},
        events=[
            Event(text(one.get("name")), written(one.get("timestamp")), table(one, "attributes"))
            for one in rows(value.get("events"))
        ],
        links=[_link(table(one, "context"), "trace_id", "span_id") for one in rows(value.get("links"))],
    )


def _of_go(value: dict[str, Value]) -> Span:
    context, status = table(value, "SpanContext"), table(value, "Status")
    parent = ids.span_id(table(value, "Parent").get("SpanID"))
    return Span(
        ids.trace_id(context.get("TraceID")),
        ids.span_id(context.get("SpanID")),
        text(value.get("Name")),
        written(value.get("StartTime")),
        written(value.get("EndTime")),
        parent_id=parent if parent.strip("0") else "",
        # Go counts kinds as OTLP does: 0 unspecified, 1 internal, 2 server.
        kind=whole(value.get("SpanKind"), 6) or 0,
        status=status_of(status.get("Code")),
        message=text(status.get("Description")),
        scope=text((table(value, "InstrumentationScope") or table(value, "InstrumentationLibrary")).get("Name")),
        attributes=_go_pairs(value.get("Attributes")),
        resource=_go_pairs(value.get("Resource")),
        events=[
            Event(text(one.get("Name")), written(one.get("Time")), _go_pairs(one.get("Attributes")))
            for one in rows(value.get("Events"))
        ],
        links=[_link(table(one, "SpanContext"), "TraceID", "SpanID") for one in rows(value.get("Links"))],
    )


def _link(context: dict[str, Value], trace: str, span: str) -> tuple[str, str]:
    return ids.trace_id(context.get(trace)), ids.span_id(context.get(span))


def _go_pairs(pairs: Value) -> dict[str, Value]:
    return {text(pair.get("Key")): table(pair, "Value").get("Value") for pair in rows(pairs)}


STDOUT = Dialect("an SDK's console exporter", _is_spoken, pieces_of_values, by_line=True)
