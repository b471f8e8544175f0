"""Traces as the OpenTelemetry Collector's debug (once logging) exporter prints them at `verbosity: detailed`.

Source: the collector's `exporter/internal/otlptext` (`traces.go`, `databuffer.go`), from 0.9 on.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from culpa.collector.dialects import ids
from culpa.collector.dialects.dialect import Piece, Printed, Value
from culpa.collector.dialects.span import Event, Span, kind_of, pieces_of, status_of
from culpa.collector.dialects.times import counted, written
from culpa.instrumentation.patterns import late_pattern

HEAD = late_pattern(
    rb"(?:^|\n)\S{0,40}[^\n]{0,100}Resource(?:Spans|Log) #\d{1,6}"
    rb"|(?:^|\n)[^\n]{0,100}Span #\d{1,6}\r?\n\s{0,8}Trace ID {1,9}: "
)
_BEGIN = late_pattern(
    r"(?:\S{1,40}\s{1,20}\w{1,10}\s{1,20}(?:\S{1,100}\s{1,20})?)?ResourceSpans #\d{1,6}$"
    # Where the heading was not copied, what stands below it begins the print.
    r"|Span #\d{1,6}$|Traces\t\{.{0,200}\}$|Resource (?:SchemaURL:.{0,200}|(?:attributes|labels):)$"
)
_FIELD = late_pattern(
    r"\s{0,8}(?P<name>Trace ID|Parent ID|ID|Name|Kind|TraceState|Start time|End time|Status code|Status message"
    r"|Dropped(?:Attributes|Events|Links)Count) {0,15}:(?: (?P<value>.*))?"
)
_ATTRIBUTE = late_pattern(r"\s{0,14}-> (?P<key>[^:\n]{1,400}): (?P<kind>[A-Za-z0-9_]{1,20})\((?P<value>.*)")
_OF_EVENT = late_pattern(
    r"(?:\s{5})?-> (?P<name>Name|Timestamp|DroppedAttributesCount|Attributes:|Trace ID|ID|TraceState):"
    r"(?: (?P<value>.*))?"
)
_SCOPE = late_pattern(r"Instrumentation(?:Scope|Library)(?: (?P<name>\S{0,400})(?: .*)?)?")
#: Another print, another log line, and the end of the one in which the exporter prints.
PRINT = late_pattern(r"(?:.{0,200}\s)?(?:(?:Traces|Logs|Metrics)\t\{.{0,200}\}|Resource(?:Log|Metrics) #\d{1,6})")
LOG_LINE = late_pattern(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")
TAIL = late_pattern(r"\t?\{\"(?:kind|resource|otelcol|component)")
_NUMBERED = late_pattern(
    r"(?:.{0,200}\s)?(?P<kind>ResourceSpans|ScopeSpans|InstrumentationLibrarySpans|Span|SpanEvent|SpanLink) #\d{1,6}"
)
_NUMBER = late_pattern(r"-?\d{1,18}")
_PLACES = {
    "Resource attributes:": "resource",
    "Resource labels:": "resource",
    "InstrumentationScope attributes:": "",
    "Attributes:": "span",
    "Events:": "",
    "Links:": "",
}


@dataclass
class _Block:
    """What was read of one span so far."""

    fields: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    attributes: dict[str, Value] = field(default_factory=dict[str, Value])
    events: list[tuple[dict[str, str], dict[str, Value]]] = field(
        default_factory=list[tuple[dict[str, str], dict[str, Value]]]
    )
    links: list[dict[str, str]] = field(default_factory=list[dict[str, str]])


class _Print:
    """The lines of one print: resources, scopes and spans in their order."""

    def __init__(self) -> None:
        self._spans: list[Span] = []
        self._resource: dict[str, Value] = {}
        self._scope = ""
        self._span: _Block | None = None
        self._target: dict[str, Value] = {}  # whose attributes come
        self._key = ""  # of a text that may go on in the next line
        self._text: list[str] = []
        self._last = ""  # its last line that is not empty
        self._is_message = False  # the next line may go on with a status message
        self._is_done = False
        self._is_first = True

    def add(self, line: str) -> bool:
        """Take a line; False if it is none of the print's."""
        line = line.rstrip("\r")
        is_whole = not self._key or self._last.endswith(")")
        # Where loggers and forums took the indentation away, a text that goes on is told from a field by its bracket.
        is_told = is_whole or line[:1].isspace()
        if self._is_done or (is_whole and not self._is_first and (LOG_LINE.match(line) or PRINT.fullmatch(line))):
            return False
        self._is_first = False
        self._is_done = is_whole and TAIL.match(line) is not None
        if self._is_done or self._heading(line.strip()) or (is_told and (self._field(line) or self._attribute(line))):
            return True
        if self._key:
            self._text.append(line)
            self._last = line or self._last
        elif self._is_message and self._span is not None:
            self._span.fields["Status message"].append(line)
        return bool(self._key or self._is_message or not line.strip())

    def _close(self) -> None:
        """End a text: of its lines the last one closes the bracket."""
        if self._key:
            self._target[self._key] = "\n".join(self._text).rstrip("\n").removesuffix(")")
        self._key, self._is_message = "", False

    def _heading(self, line: str) -> bool:
        kind = _NUMBERED.fullmatch(line)
        scope = _SCOPE.fullmatch(line)
        place = _PLACES.get(line)
        if not kind and not scope and place is None and not line.startswith(_IGNORED):
            return False
        self._close()
        if kind:
            self._begin(kind["kind"])
        elif scope:
            self._finish()
            self._scope = scope["name"] or ""
        elif place == "resource":
            self._resource = self._target = {}
        elif place is not None:
            self._target = self._span.attributes if place == "span" and self._span is not None else {}
        return True

    def _begin(self, kind: str) -> None:
        if kind not in ("SpanEvent", "SpanLink"):
            self._finish()
        if kind == "Span":
            self._span = _Block()
        elif kind == "ResourceSpans":
            self._resource, self._scope = {}, ""
        elif kind == "SpanEvent" and self._span is not None:
            self._span.events.append(({}, {}))
        elif kind == "SpanLink" and self._span is not None:
            self._span.links.append({})
        self._target = {}

    def _field(self, line: str) -> bool:
        if self._span is None:
            return False
        found, part = _FIELD.fullmatch(line), _OF_EVENT.fullmatch(line)
        holder = self._span.links[-1] if self._span.links else self._span.events[-1][0] if self._span.events else None
        if found:
            self._close()
            self._span.fields[found["name"]] = [found["value"] or ""]
            self._is_message = found["name"] == "Status message"
        elif part and holder is not None:
            self._close()
            holder[part["name"]] = part["value"] or ""
            if part["name"] == "Attributes:":
                self._target = {} if self._span.links else self._span.events[-1][1]
        return bool(found or (part and holder is not None))

    def _attribute(self, line: str) -> bool:
        found = attribute_of(line)
        if found is None:
            return False
        self._close()
        if found["kind"].upper() in ("STR", "STRING"):
            # It may go on in the next line, whatever this one ends with.
            self._key, self._text, self._last = found["key"], [found["value"]], found["value"]
        else:
            self._target[found["key"]] = value_of(found["kind"], found["value"].removesuffix(")"))
        return True

    def _finish(self) -> None:
        self._close()
        block, self._span = self._span, None
        if block is not None:
            self._spans.append(_span(block, self._resource, self._scope))

    def pieces(self) -> Iterator[Piece]:
        """Yield the spans that were printed."""
        self._finish()
        return pieces_of(self._spans)


_IGNORED = (
    "Traces\t{",
    "Resource SchemaURL:",
    "ScopeSpans SchemaURL:",
    "-> DroppedAttributesCount:",
    "-> EventAttributes",
)


def _span(block: _Block, resource: dict[str, Value], scope: str) -> Span:
    fields = {name: "\n".join(lines) for name, lines in block.fields.items()}
    return Span(
        ids.trace_id(fields.get("Trace ID")),
        ids.span_id(fields.get("ID")),
        fields.get("Name", ""),
        written(fields.get("Start time")),
        written(fields.get("End time")),
        parent_id=ids.span_id(fields.get("Parent ID")),
        kind=kind_of(fields.get("Kind", "").strip()),
        status=status_of(fields.get("Status code", "").strip()),
        message=fields.get("Status message", "").rstrip(),
        trace_state=fields.get("TraceState", ""),
        scope=scope,
        attributes=block.attributes,
        resource=resource,
        events=[
            Event(
                block.get("Name", ""),
                counted(block.get("Timestamp", ""), 1) or written(block.get("Timestamp")),
                attributes,
            )
            for block, attributes in block.events
        ],
        links=[(ids.trace_id(link.get("Trace ID")), ids.span_id(link.get("ID"))) for link in block.links],
    )


def attribute_of(line: str) -> re.Match[str] | None:
    """Return key, kind and value of an attribute, `-> key: Str(value)`; the last bracket may come in a later line."""
    return _ATTRIBUTE.fullmatch(line)


def value_of(kind: str, text: str) -> Value:
    """Return a value by the name of its type, as in `Int(3)`."""
    match kind.upper():
        case "INT" if _NUMBER.fullmatch(text):
            return int(text)
        case "BOOL":
            return text == "true"
        case "SLICE" | "MAP" | "ARRAY":
            try:
                return msgspec.json.decode(text)
            except (msgspec.MsgspecError, RecursionError, ValueError):
                return text
        case _:
            return text


DEBUG = Printed(
    "the collector's debug exporter",
    lambda head: HEAD.search(head) is not None,
    lambda line: _BEGIN.fullmatch(line) is not None,
    _Print,
)
