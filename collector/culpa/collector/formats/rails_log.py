"""Rails' production log: one request over several lines, the exception behind `Completed 500`.

With `config.log_tags = [:request_id, ->(r) { "tp=#{r.headers['traceparent']}" }]` every line names its trace.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from culpa.collector.formats._extent import text_of
from culpa.collector.formats._format import Format, Record, Source
from culpa.collector.formats._ids import from_traceparent, record_id, usable_trace_id
from culpa.collector.formats._iso_times import iso_ns
from culpa.collector.formats._levels import ERROR, FATAL, WARNING, severity_of
from culpa.collector.formats._lograge import BEGINNING, error_of, lograge_of
from culpa.collector.formats._rails_errors import RailsError, is_client_error, rails_error
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._values import attributes, path_of, process_id, query_of
from culpa.instrumentation.patterns import late_pattern

_FIRST_FAILURE = 500
_INFO = 9

#: Ruby's Logger puts this before each line if its formatter is on.
_PREFIX = late_pattern(
    r"(?:[DIWEFA], \[(?P<time>\d{4}-\d\d-\d\dT[\d:.]+) #(?P<pid>\d+)\]\s+(?P<level>\w+) -- [^:]*: )?"
    r"(?P<tags>(?:\[[^\]\n]*\](?: |$))*)(?P<words>.*)",
    re.DOTALL,
)
_STARTED = late_pattern(
    r"Started (?P<method>[A-Z]+) \"(?P<target>[^\"\n]*)\" for (?P<client>\S+) at "
    r"(?P<time>\d{4}-\d\d-\d\d [\d:]{8} [+-]\d{4})"
)
_PROCESSING = late_pattern(r"Processing by (?P<action>[\w:]+#\w+) as")
_COMPLETED = late_pattern(r"Completed (?P<status>[1-5]\d\d) .{0,100}?\bin (?P<ms>\d{1,12}(?:\.\d{1,9})?)ms")
_BEGINNING = late_pattern(
    r"(?:[DIWEFA], \[[^\]]*\]\s+\w+ -- [^:]*: )?(?:\[[^\]\n]*\] )*"
    rf"(?:Started [A-Z]+ \"|Completed \d{{3}} |Processing by [\w:]+#|{BEGINNING})"
)
#: What a record without a trace must have to be kept: an answer of 5xx, or an exception.
_NOTABLE = late_pattern(
    r"Completed 5\d\d|\bstatus=5\d\d|\"status\":5\d\d|^(?:\[[^\]\n]*\] )*[A-Z]\w*(?:::\w+)* \(", re.MULTILINE
)
_REQUEST_ID = late_pattern(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


#: Its server writes into the same log by the same logger.
_UNICORN = late_pattern(r"worker=\d{1,5} PID:(?P<pid>\d{1,10}) timeout \(\d{1,6}s > \d{1,6}s\), killing")

#: What one of a request's lines tells, by the names of its parts.
Completed = re.Match[str] | Mapping[str, str] | None


class _Line(NamedTuple):
    """One line without its prefix."""

    words: str
    tags: str
    time: str
    pid: str
    level: str


def _opens(line: str) -> bool:
    # Bare JSON is read with its own time.
    return not line.startswith("{") and _BEGINNING.match(line) is not None


def _begins(line: str) -> bool:
    # What continues a message has no prefix: a logger adds one to the first line only.
    return line[:1] == "[" or line.startswith(("Started ", "method=")) or line[1:4] == ", ["


def _continues(lines: Sequence[str], line: str) -> bool:
    """Say whether a line is of the same request: same tags, and no new start."""
    first = _first(lines[0])
    if first.tags and not first.time:
        is_same = line.startswith(first.tags) or line == first.tags.rstrip()
        return is_same and not line.startswith(("Started ", "method=", '{"method":'), len(first.tags))
    now = _line(line)
    # The tags stand before every line of a message, the logger's own prefix before the first only.
    return first.tags == now.tags and now.pid in ("", first.pid) and not now.words.startswith("Started ")


def _writer(line: str) -> str:
    found = _PREFIX.match(line)
    return (found["pid"] or "") if found else ""


def _dates(line: str) -> bool:
    return "Started " in line and _STARTED.search(line) is not None


def _read(record: Record, source: Source) -> LogRow | None:
    text = text_of(record)
    first = _first(text.split("\n", 1)[0])
    trace, span, request_id = _ids(first.tags)
    severity = severity_of(first.level)
    if not trace and severity < WARNING and not _NOTABLE.search(text):
        return None
    lines = [_line(line).words for line in text.split("\n")]
    lograge = next((found for line in lines if (found := lograge_of(line))), None)
    started = _found(_STARTED, lines)
    completed: Completed = _found(_COMPLETED, lines) or lograge
    error = rails_error(lines)
    if lograge and not error.type and lograge["error"]:
        kind, message = error_of(lograge)
        error = RailsError(kind, message, lograge["error"], "")
    status = int(completed["status"]) if completed else 0
    has_failed = status >= _FIRST_FAILURE or (error.type != "" and not status and not is_client_error(error.type))
    if not (has_failed or error.type or trace or severity >= WARNING):
        return None
    at = _time(started, completed, first, record, source)
    asked = started or lograge
    target = asked["target"] if asked else ""
    killed = _UNICORN.match(lines[0]) if severity >= ERROR else None
    pairs = [*_pairs(lines, started, completed, target), ("process.killed.pid", killed["pid"] if killed else "")]
    keys, values = attributes(pairs)
    event = (
        "worker.timeout"
        if killed
        else "request.failed"
        if has_failed
        else "request.completed"
        if status or error.type
        else ""
    )
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        trace_id=trace,
        span_id=span,
        severity_number=(FATAL if error.type else ERROR) if has_failed else severity or _INFO,
        severity_text=first.level,
        service_name=FORMAT.service_name,
        body=_body(lines, completed, error.words),
        event_name=event or ("request.started" if started else ""),
        format=FORMAT.name,
        process_pid=process_id(first.pid),
        request_id=request_id,
        http_request_method=asked["method"] if asked else "",
        url_path=path_of(target),
        attr_keys=keys,
        attr_vals=values,
        exception_type=error.type,
        exception_message=error.message,
        stacktrace=error.stacktrace,
    )


def _pairs(
    lines: Sequence[str], started: re.Match[str] | None, completed: Completed, target: str
) -> list[tuple[str, object]]:
    processing = _found(_PROCESSING, lines)
    return [
        ("client.address", started["client"] if started else ""),
        ("http.response.status_code", completed["status"] if completed else ""),
        ("duration_ms", completed["ms"] if completed else ""),
        ("code.function.name", processing["action"] if processing else ""),
        ("url.query", query_of(target)),
    ]


@lru_cache(maxsize=16)
def _first(text: str) -> _Line:
    return _line(text)


def _line(text: str) -> _Line:
    found = _PREFIX.match(text)
    if not found:
        return _Line(text, "", "", "", "")
    # Behind tags without words the blank may be lost.
    tags = f"{found['tags'].rstrip()} " if found["tags"] else ""
    return _Line(found["words"], tags, found["time"] or "", found["pid"] or "", found["level"] or "")


def _found(pattern: re.Pattern[str], lines: Sequence[str]) -> re.Match[str] | None:
    return next((found for line in lines if (found := pattern.match(line))), None)


def _ids(tags: str) -> tuple[str, str, str]:
    """Return trace, span and request id that the tags tell, '' where they do not."""
    trace = span = request_id = ""
    for tag in (tag[1:] for tag in tags.split("] ")[:-1]):
        found, parent = from_traceparent(tag.removeprefix("tp=").removeprefix("traceparent="))
        if found:
            trace, span = found, parent
        elif not request_id and _REQUEST_ID.fullmatch(tag):
            request_id = tag
    return trace or usable_trace_id(request_id), span, request_id


def _time(
    started: re.Match[str] | None,
    completed: Completed,
    first: _Line,
    record: Record,
    source: Source,
) -> int:
    """Return when the request was answered, as nearly as the lines tell."""
    dated = _STARTED.search(record.dated)
    if started:
        took = float(completed["ms"] or 0) if completed else 0.0
        return iso_ns(started["time"], source.zone) + int(took * 1_000_000)
    if first.time:
        return iso_ns(first.time[:26], source.zone)
    return iso_ns(dated["time"], source.zone) if dated else 0


def _body(lines: Sequence[str], completed: Completed, error: str) -> str:
    said = (
        completed.string if isinstance(completed, re.Match) else f"Completed {completed['status']}" if completed else ""
    )
    parts = [said, error]
    return "\n".join(part for part in parts if part) or lines[0]


FORMAT = Format(
    name="rails_log",
    service_name="rails",
    read=_read,
    begins=_begins,
    continues=_continues,
    dates=_dates,
    opens=_opens,
    writer=_writer,
    includes=("ruby_logger",),
)
