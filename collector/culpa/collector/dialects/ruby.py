"""Spans as Ruby's SDK prints them: `pp` of a `SpanData` each, over many lines or in one.

Source: opentelemetry-ruby's ConsoleSpanExporter and `OpenTelemetry::SDK::Trace::SpanData` (ids as bytes, times in ns).
"""

from collections.abc import Iterator

from culpa.collector.dialects.dialect import Piece, Printed, Unreadable, Value
from culpa.collector.dialects.rubyish import rubyish
from culpa.collector.dialects.shape import is_list, is_object, rows, table, whole
from culpa.collector.dialects.span import Event, Span, kind_of, pieces_of
from culpa.collector.dialects.times import counted
from culpa.instrumentation.patterns import late_pattern

_SPAN = "#<struct OpenTelemetry::SDK::Trace::SpanData"
_HEAD = late_pattern(rb"(?:^|\n)" + _SPAN.encode())
_MAX_LINES = 20_000


class _Struct:
    """A line and those that are indented below it: `inspect` leaves no other break in a text."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, line: str) -> bool:
        """Take a line; False behind the last one."""
        if self._lines and (not line.startswith(" ") or len(self._lines) >= _MAX_LINES):
            return False
        self._lines.append(line.rstrip())
        return True

    def pieces(self) -> Iterator[Piece]:
        """Yield the span. Errors: Unreadable."""
        value = rubyish("\n".join(self._lines))
        if not is_object(value):
            raise Unreadable("a printed object that is no span")
        return pieces_of([_span(_texts(value))])


def _texts(value: Value, key: str = "") -> Value:
    """Return a value with texts for bytes, of ids with their digits."""
    if isinstance(value, bytes):
        return value.hex() if key.endswith(("span_id", "trace_id")) else value.decode("utf-8", "replace")
    if is_object(value):
        return {name: _texts(one, name) for name, one in value.items()}
    return [_texts(one) for one in value] if is_list(value) else value


def _span(value: dict[str, Value]) -> Span:
    status = table(value, "status")
    parent = str(value.get("parent_span_id") or "")
    return Span(
        str(value.get("trace_id") or ""),
        str(value.get("span_id") or ""),
        str(value.get("name") or ""),
        counted(value.get("start_timestamp"), 1),
        counted(value.get("end_timestamp"), 1),
        parent_id=parent if parent.strip("0") else "",
        kind=kind_of(value.get("kind")),
        status=whole(status.get("code"), 3) or 0,
        message=str(status.get("description") or ""),
        scope=str((table(value, "instrumentation_scope") or table(value, "instrumentation_library")).get("name") or ""),
        attributes=table(value, "attributes"),
        resource=table(value, "resource", "attributes"),
        events=[
            Event(str(one.get("name") or ""), counted(one.get("timestamp"), 1), table(one, "attributes"))
            for one in rows(value.get("events"))
        ],
        links=[_link(table(one, "span_context")) for one in rows(value.get("links"))],
    )


def _link(context: dict[str, Value]) -> tuple[str, str]:
    return str(context.get("trace_id") or ""), str(context.get("span_id") or "")


RUBY = Printed(
    "Ruby's console exporter",
    lambda head: _HEAD.search(head) is not None,
    lambda line: line.startswith(_SPAN),
    _Struct,
)
