"""Spans and log records as .NET's console exporter prints them, `Activity.…` and `LogRecord.…` line by line.

Source: opentelemetry-dotnet's `ConsoleActivityExporter` and `ConsoleLogRecordExporter`, 1.0 to 1.12; a resource follows
what it is of.
"""

from collections.abc import Iterator

from culpa.collector.dialects import ids
from culpa.collector.dialects.dialect import Piece, Printed, Unreadable, Value
from culpa.collector.dialects.shape import known
from culpa.collector.dialects.span import Event, Record, Span, kind_of, pieces_of, status_of
from culpa.collector.dialects.times import spanned, written
from culpa.instrumentation.patterns import late_pattern

_HEAD = late_pattern(rb"(?:^|\n)(?:Activity\.(?:TraceId|Id)|LogRecord\.(?:Timestamp|TraceId)):[ \t]")
_BEGIN = late_pattern(r"(?:Activity\.(?:TraceId|Id)|LogRecord\.Timestamp):\s")
_FIELD = late_pattern(
    r"(?P<name>(?:Activity|LogRecord)\.[A-Za-z]{2,30}|StatusCode|Instrumentation scope)"
    r" ?(?:\([^)\n]{1,40}\))?:(?P<value>.*)"
)
_DESCRIPTION = late_pattern(r"\s{0,8}(?:Activity\.)?Status ?Description ?:(?P<value>.*)")
_RESOURCE = late_pattern(r"Resource associated with (?:Activity|LogRecord):")
#: `key: value`; what goes on with a text is indented otherwise.
_PAIR = late_pattern(r"(?P<indent> {0,8})(?P<key>[\w.\-/{}]{1,200}|OriginalFormat \(a\.k\.a Body\)): ?(?P<value>.*)")
_EVENT = late_pattern(r" {4}(?P<name>\S.{0,200}) \[(?P<time>[^\]\n]{10,60})\]")
_EVENT_TIME = late_pattern(r"(\d\d?)/(\d\d?)/(\d{4}) (\d\d?):(\d\d):(\d\d)(?: (AM|PM))?( ?[+-]\d\d:\d\d)?")
_MAX_LINES = 5_000
#: Where pairs are kept until a field says otherwise.
_PLACES = {
    "Activity.Tags": "attributes",
    "Activity.TagObjects": "attributes",
    "LogRecord.Attributes": "attributes",
    "LogRecord.StateValues": "attributes",
    "LogRecord.State": "attributes",
    "Activity.Events": "events",
    "Instrumentation scope": "scope",
}


class _Lines:
    """The lines of one span or record, to the resource behind it."""

    def __init__(self) -> None:
        self._fields: dict[str, str] = {}
        self._pairs: dict[str, dict[str, Value]] = {"attributes": {}, "scope": {}, "resource": {}, "": {}}
        self._events: list[tuple[str, str, dict[str, Value]]] = []
        self._place = ""
        self._text: tuple[dict[str, Value] | dict[str, str], str] | None = None  # what the next line may go on with
        self._count = 0
        self._is_blank = False  # an empty line stands before

    def add(self, line: str) -> bool:
        """Take a line; False if it is none of the print's."""
        line = line.rstrip()
        self._count += 1
        is_over = self._is_blank and self._place == "resource"
        if self._count > _MAX_LINES or is_over or (self._count > 1 and _BEGIN.match(line) and self._is_other(line)):
            return False
        if not line:
            self._is_blank = True
            return True
        is_taken = self._heading(line) or (not self._is_blank and (self._pair(line) or self._more(line)))
        self._is_blank = self._is_blank and not is_taken
        return is_taken

    def _is_other(self, line: str) -> bool:
        """Say whether another print begins: `Activity.Id` stands before `Activity.TraceId` in the same one."""
        return not (line.startswith("Activity.TraceId") and list(self._fields) == ["Activity.Id"])

    def _heading(self, line: str) -> bool:
        found = _FIELD.fullmatch(line)
        described = _DESCRIPTION.fullmatch(line) if self._place != "resource" else None
        if _RESOURCE.match(line):
            self._place, self._text = "resource", None
        elif described:
            self._fields["description"], self._text = described["value"].strip(), (self._fields, "description")
        elif found:
            name = found["name"]
            self._place = _PLACES.get(name, "")
            self._fields[name], self._text = found["value"].strip(), (self._fields, name)
        return bool(found or described or _RESOURCE.match(line))

    def _pair(self, line: str) -> bool:
        event = _EVENT.fullmatch(line) if self._place == "events" else None
        if event:
            self._events.append((event["name"], event["time"], {}))
            self._text = None
            return True
        found = _PAIR.fullmatch(line)
        if not found or not self._place or not self._is_indented(len(found["indent"])):
            return False
        target = self._events[-1][2] if self._place == "events" and self._events else self._pairs.get(self._place, {})
        target[found["key"]], self._text = _value(found["value"].strip()), (target, found["key"])
        return True

    def _is_indented(self, depth: int) -> bool:
        """Say whether a pair stands as deep: lines of an exception, which hold colons too, stand otherwise."""
        if self._place == "resource":
            return depth in (0, 4)
        return depth == (8 if self._place == "events" else 4)

    def _more(self, line: str) -> bool:
        """Go on with a text in the next line."""
        if self._text is None or self._place == "resource":
            return False
        target, key = self._text
        target[key] = f"{target.get(key, '')}\n{line}"
        return True

    def pieces(self) -> Iterator[Piece]:
        """Yield what was printed. Errors: Unreadable."""
        if "LogRecord.Timestamp" in self._fields:
            return pieces_of([self._record()])
        if "Activity.DisplayName" not in self._fields and "Activity.OperationName" not in self._fields:
            raise Unreadable("an activity without its name")
        return pieces_of([self._span()])

    def _told(self, *names: str) -> str:
        return next((self._fields[name] for name in names if self._fields.get(name)), "")

    def _record(self) -> Record:
        raised = self._told("LogRecord.Exception")
        first, _, message = raised.partition("\n")[0].partition(": ")
        told = known({"exception.type": first, "exception.message": message, "exception.stacktrace": raised})
        name = self._told("LogRecord.CategoryName")
        attributes = {key: value for key, value in self._pairs["attributes"].items() if "OriginalFormat" not in key}
        return Record(
            written(self._told("LogRecord.Timestamp")),
            self._told("LogRecord.Body", "LogRecord.FormattedMessage"),
            self._told("LogRecord.SeverityText", "LogRecord.Severity", "LogRecord.LogLevel"),
            ids.trace_id(self._told("LogRecord.TraceId")),
            ids.span_id(self._told("LogRecord.SpanId")),
            attributes=attributes | known({"log.logger": name}) | told,
            resource=self._pairs["resource"],
            scope=name,
        )

    def _span(self) -> Span:
        start = written(self._told("Activity.StartTime"))
        whole = self._told("Activity.Id").split("-")
        trace, span = (whole[1], whole[2]) if len(whole) == 4 else ("", "")
        status = status_of(self._told("StatusCode", "Activity.StatusCode"))
        parent = self._told("Activity.ParentSpanId") or (self._told("Activity.ParentId").split("-") + [""] * 3)[2]
        return Span(
            ids.trace_id(self._told("Activity.TraceId") or trace),
            ids.span_id(self._told("Activity.SpanId") or span),
            self._told("Activity.DisplayName", "Activity.OperationName"),
            start,
            start + (spanned(self._told("Activity.Duration")) or 0),
            parent_id=ids.span_id(parent),
            kind=kind_of(self._told("Activity.Kind")),
            status=status,
            message=self._told("description", "Activity.StatusDescription") if status == 2 else "",
            trace_state=self._told("Activity.TraceState", "Activity.TraceStateString"),
            scope=self._told("Activity.ActivitySourceName") or str(self._pairs["scope"].get("Name", "")),
            attributes=self._pairs["attributes"],
            resource=self._pairs["resource"],
            events=[Event(name, _event_time(time), told) for name, time, told in self._events],
        )


def _value(text: str) -> Value:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else text


def _event_time(text: str) -> int:
    """Return the time of an event: as everywhere, or with month, day and year as an American machine writes it."""
    found = _EVENT_TIME.fullmatch(text)
    if not found:
        return written(text)
    month, day, year, hour, minute, second, half, zone = found.groups()
    hours = int(hour) % 12 + (12 if half == "PM" else 0) if half else int(hour)
    return written(f"{year}-{month:0>2}-{day:0>2} {hours:02}:{minute}:{second} {(zone or '+00:00').strip()}")


DOTNET = Printed(
    ".NET's console exporter",
    lambda head: _HEAD.search(head) is not None,
    lambda line: _BEGIN.match(line) is not None,
    _Lines,
)
