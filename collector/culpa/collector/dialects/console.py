"""Spans as the SDKs of Node and Python (and Go) print them among a program's other lines: from `{` to `}`.

Source: opentelemetry-js's ConsoleSpanExporter (`console.dir`, depth 3; times in µs, kinds counted from 0 = internal).
"""

import re
from collections.abc import Iterator

from culpa.collector.dialects import ids
from culpa.collector.dialects.dialect import Piece, Printed, Unreadable, Value
from culpa.collector.dialects.inspected import inspected
from culpa.collector.dialects.shape import is_list, is_object, rows, table, text, whole
from culpa.collector.dialects.span import Event, Span, pieces_of
from culpa.collector.dialects.stdout import is_printed, pieces_of_values
from culpa.collector.dialects.times import counted
from culpa.collector.dialects.values import values_of
from culpa.instrumentation.patterns import late_pattern

_NODE_SPAN = late_pattern(rb"^ {2}traceId: '[0-9a-f]{32}',\r?$", re.MULTILINE)
_BRACE = late_pattern(rb"^\{\r?$", re.MULTILINE)
_NODE_LINE = late_pattern(r"^ {2}traceId: '[0-9a-f]{32}',?$", re.MULTILINE)
#: Longer than any span that was printed.
_MAX_LINES = 20_000
_US = 1_000
_NS_OF_S = 1_000_000_000
#: Node's SDK counts kinds from internal on, OTLP from unspecified.
_KINDS = 5


def _is_spoken(head: bytes) -> bool:
    return _BRACE.search(head) is not None and (_NODE_SPAN.search(head) is not None or is_printed(head))


class _Braces:
    """Lines from `{` to `}`, both at the margin."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, line: str) -> bool:
        """Take a line; False behind the closing brace."""
        if (self._lines and self._lines[-1] == "}") or len(self._lines) >= _MAX_LINES:
            return False
        self._lines.append(line.rstrip())
        return True

    def pieces(self) -> Iterator[Piece]:
        """Yield the span. Errors: Unreadable."""
        printed = "\n".join(self._lines)
        if _NODE_LINE.search(printed):
            return pieces_of([_of_node(inspected(printed))])
        return pieces_of_values(list(values_of(printed.encode(), _unreadable)))


def _unreadable(line: int, why: str) -> None:
    raise Unreadable(f"line {line} of a printed object: {why}")


def _of_node(value: Value) -> Span:
    if not is_object(value):
        raise Unreadable("a printed object that is no span")
    start = counted(value.get("timestamp"), _US)
    kind, status = whole(value.get("kind"), _KINDS), table(value, "status")
    parent = table(value, "parentSpanContext").get("spanId") or value.get("parentId")
    return Span(
        ids.trace_id(value.get("traceId")),
        ids.span_id(value.get("id")),
        text(value.get("name")),
        start,
        start + counted(value.get("duration"), _US),
        parent_id=ids.span_id(parent),
        kind=0 if kind is None else kind + 1,
        status=whole(status.get("code"), 3) or 0,
        message=text(status.get("message")),
        scope=text(table(value, "instrumentationScope").get("name")),
        attributes=table(value, "attributes"),
        resource=table(value, "resource", "attributes"),
        events=[
            Event(text(one.get("name")), _hr_time(one.get("time")), table(one, "attributes"))
            for one in rows(value.get("events"))
        ],
        links=[
            (ids.trace_id(table(one, "context").get("traceId")), ids.span_id(table(one, "context").get("spanId")))
            for one in rows(value.get("links"))
        ],
    )


def _hr_time(hr_time: Value) -> int:
    """Return a time that is told as seconds and ns."""
    if is_list(hr_time) and len(hr_time) == 2:
        return counted(hr_time[0], _NS_OF_S) + counted(hr_time[1], 1)
    return 0


CONSOLE = Printed("an SDK's console exporter", _is_spoken, lambda line: line == "{", _Braces)
