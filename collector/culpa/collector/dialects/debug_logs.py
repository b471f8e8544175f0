"""Log records as the OpenTelemetry Collector's debug (once logging) exporter prints them at `verbosity: detailed`.

Source: the collector's `exporter/internal/otlptext` (`logs.go`, `databuffer.go`), from 0.9 on.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from culpa.collector.dialects import ids
from culpa.collector.dialects.debug import HEAD, LOG_LINE, PRINT, TAIL, attribute_of, value_of
from culpa.collector.dialects.dialect import Piece, Printed, Value
from culpa.collector.dialects.span import Record, pieces_of
from culpa.collector.dialects.times import written
from culpa.instrumentation.patterns import late_pattern

_BEGIN = late_pattern(
    r"(?:\S{1,40}\s{1,20}\w{1,10}\s{1,20}(?:\S{1,100}\s{1,20})?)?ResourceLog #\d{1,6}$"
    r"|Logs\t\{.{0,200}\}$"
)
_NUMBERED = late_pattern(
    r"(?:.{0,200}\s)?(?P<kind>ResourceLog|ScopeLogs|InstrumentationLibraryLogs|LogRecord) #\d{1,6}"
)
_FIELD = late_pattern(
    r"(?P<name>ObservedTimestamp|Timestamp|SeverityText|Severity|SeverityNumber|EventName|Trace ID|Span ID|Flags)"
    r" {0,12}:(?: (?P<value>.*))?"
)
_BODY = late_pattern(r"Body: (?P<kind>[A-Za-z0-9_]{1,20})\((?P<value>.*)")
_OF_LOGS = late_pattern(r"ResourceLog #")
_SEVERITY = late_pattern(r"(?P<name>[A-Za-z]{1,20}?)\d?\((?P<number>\d{1,2})\)")
#: Headings, and whether attributes of the resource follow, or of the record; other lines of no use here.
_PLACES = {"Resource attributes:": "resource", "Resource labels:": "resource", "Attributes:": "record"}
_OTHERS = (
    "Logs\t{",
    "Resource SchemaURL:",
    "ScopeLogs SchemaURL:",
    "InstrumentationScope",
    "InstrumentationLibrary",
    "DroppedAttributesCount:",
)


@dataclass
class _Told:
    """What was read of one record so far; of a text, its lines."""

    fields: dict[str, str] = field(default_factory=dict[str, str])
    attributes: dict[str, Value] = field(default_factory=dict[str, Value])
    body: dict[str, Value] = field(default_factory=dict[str, Value])


class _Print:
    """The lines of one print: resources, scopes and records in their order."""

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._resource: dict[str, Value] = {}
        self._told: _Told | None = None
        self._target: dict[str, Value] = {}  # whose attributes come
        self._text: tuple[dict[str, Value], str, list[str]] | None = None  # one that may go on in the next line
        self._last = ""  # its last line that is not empty
        self._is_done = False
        self._is_first = True

    def add(self, line: str) -> bool:
        """Take a line; False if it is none of the print's."""
        line = line.rstrip("\r")
        is_whole = self._text is None or self._last.endswith(")")
        is_other = LOG_LINE.match(line) or (PRINT.fullmatch(line) and not _OF_LOGS.match(line))
        if self._is_done or (is_whole and not self._is_first and is_other):
            return False
        self._is_first = False
        self._is_done = is_whole and TAIL.match(line) is not None
        if self._is_done or (is_whole and self._heading(line.strip())) or self._field(line) or self._attribute(line):
            return True
        if self._text is not None:
            self._text[2].append(line)
            self._last = line or self._last
        return self._text is not None or not line.strip()

    def _close(self) -> None:
        """End a text: of its lines the last one closes the bracket."""
        if self._text is not None:
            target, key, lines = self._text
            target[key] = "\n".join(lines).rstrip("\n").removesuffix(")")
        self._text = None

    def _heading(self, line: str) -> bool:
        kind, place = _NUMBERED.fullmatch(line), _PLACES.get(line)
        if not kind and place is None and not line.startswith(_OTHERS):
            return False
        self._close()
        if kind:
            self._finish()
            if kind["kind"] == "LogRecord":
                self._told = _Told()
            elif kind["kind"] == "ResourceLog":
                self._resource = {}
        if place == "resource":
            self._resource = self._target = {}
        else:
            self._target = self._told.attributes if place == "record" and self._told is not None else {}
        return True

    def _field(self, line: str) -> bool:
        if self._told is None:
            return False
        found = _FIELD.fullmatch(line)
        body = _BODY.fullmatch(line)
        if found:
            self._close()
            self._told.fields[found["name"]] = found["value"] or ""
        elif body and not self._told.body:
            self._take(self._told.body, "body", body)
        return bool(found or body)

    def _attribute(self, line: str) -> bool:
        found = attribute_of(line)
        if found is not None:
            self._take(self._target, found["key"], found)
        return found is not None

    def _take(self, target: dict[str, Value], key: str, found: re.Match[str]) -> None:
        self._close()
        if found["kind"].upper() in ("STR", "STRING"):
            # It may go on in the next line, whatever this one ends with.
            self._text, self._last = (target, key, [found["value"]]), found["value"]
        else:
            target[key] = value_of(found["kind"], found["value"].removesuffix(")"))

    def _finish(self) -> None:
        self._close()
        told, self._told = self._told, None
        if told is not None:
            self._records.append(_record(told, self._resource))

    def pieces(self) -> Iterator[Piece]:
        """Yield the records that were printed."""
        self._finish()
        return pieces_of(self._records)


def _record(told: _Told, resource: dict[str, Value]) -> Record:
    fields = told.fields
    number = _SEVERITY.fullmatch(fields.get("SeverityNumber", ""))
    time_ns = written(fields.get("Timestamp"))
    return Record(
        # A record that was given no time of its own has that of 1970.
        time_ns if time_ns > 0 else written(fields.get("ObservedTimestamp")),
        str(told.body.get("body", "")),
        fields.get("SeverityText") or fields.get("Severity") or (number["name"] if number else ""),
        ids.trace_id(fields.get("Trace ID")),
        ids.span_id(fields.get("Span ID")),
        severity_number=int(number["number"]) if number else 0,
        attributes=told.attributes,
        resource=resource,
    )


DEBUG_LOGS = Printed(
    "the log records of the collector's debug exporter",
    lambda head: HEAD.search(head) is not None,
    lambda line: _BEGIN.fullmatch(line) is not None,
    _Print,
)
