"""What gunicorn, uvicorn and the apps in them print: the servers' lines, `logging`, stack traces, mixed.

Requests have no ids here: an exception is joined by the access line next to it, or by the request that the
message names. What is printed without a time has the time of the nearest line before it that bears one.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from culpa.collector.events import end_of_process, failed_request_of, is_startup, meaning_of
from culpa.collector.exceptions import CALL_BEFORE, read_stack
from culpa.collector.formats._extent import SHORT_LINE, text_of
from culpa.collector.formats._format import Format, Record, Source
from culpa.collector.formats._ids import record_id, usable_span_id, usable_trace_id
from culpa.collector.formats._levels import ERROR, WARNING, severity_of
from culpa.collector.formats._python_lines import (
    GROUP,
    TRACEBACK,
    Request,
    Said,
    call_of,
    is_traceback,
    line_time_ns,
    plain,
    request_of,
    said,
)
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._values import attributes, host_and_port, path_of, process_id, query_of
from culpa.instrumentation.patterns import late_pattern

_FIRST_FAILURE = 500
#: More lines than a message has that goes over several.
_MESSAGE_LINES = 50
#: A stack trace begins within so many lines of its record: access line, message, words before it.
_HEAD_LINES = 8

_GUNICORN = late_pattern(r"\[[^\]]{19,30}\] \[\d+\] \[(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)\] ")
_UVICORN = late_pattern(
    r"(?:INFO:     |ERROR:    |DEBUG:    |CRITICAL: )\S"
    r"|WARNING:  (?:Exceeded concurrency|Invalid HTTP request|StatReload|WatchFiles|Unsupported upgrade)"
)
_TELLTALE = late_pattern(
    r"(?:LoggingHandler\.emit detected recursive logging|Fatal Python error: |\w+ only instruments \")"
    r"|\[?\d{4}-\d\d-\d\d .{0,60}\b(?:uvicorn|gunicorn)\.(?:error|access)\b"
    r"|\[\d{4}-\d\d-\d\d [\d:,]+\] (?:ERROR|WARNING|INFO) in [\w.]+: "
    # loguru
    r"|\d{4}-\d\d-\d\d [\d:]{8}\.\d{3} \| [A-Z]{4,8} {0,4}\| [\w.]{1,160}:[\w<>]{1,80}:\d{1,6} - "
    # Celery
    r"|\[\d{4}-\d\d-\d\d [\d:,]{12}: (?:INFO|WARNING|ERROR|CRITICAL|DEBUG)/[A-Z]\w{2,40}(?:-\d{1,5})?\] "
    # Odoo: process, level, database, logger
    r"|\d{4}-\d\d-\d\d [\d:,]{12} \d{1,10} (?:INFO|WARNING|ERROR|CRITICAL|DEBUG) [\w?.-]{1,64} [a-z_][\w.]{1,100}: "
    # Jupyter's servers, and JupyterHub
    r"|\[[DIWEC] (?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{3} [A-Z]\w{2,40}(?: [\w.]{1,60}:\d{1,6})?\] "
    # Werkzeug and Django's runserver put a blank into the time, daphne writes neither zone nor version.
    r"|(?:[^\s\"]{1,60} - - )?\[\d\d/[A-Z][a-z]{2}/\d{4} [\d:]{8}\] \"[A-Z]{3,12} "
    r"|[^\s\"]{1,60} - - \[\d\d/[A-Z][a-z]{2}/\d{4}:[\d:]{8}\] \"[A-Z]{3,12} [^\s\"]+\" \d{3} "
)
#: A line that others may belong to, and one that may belong to a line before it.
_OPEN = late_pattern(
    r"ERROR|CRITICAL|WARNING|FATAL|Traceback|Exce|Process |atexit|error|critical|warning|exception|\[E "
    r"|Server Error: /|Unavailable: /"
)
_JOINING = late_pattern(r"\" 5\d\d|Exception in ASGI|startup failed|culpa: ")
#: What every line that is kept has; a cheap test, for most lines are of requests that went well.
_NOTABLE = late_pattern(
    r"ERROR|CRITICAL|WARN|FATAL|Traceback|sanic\.access"
    r"|\" 5\d\d|[ \[]5\d\d[\], ]|[Tt]race_?[Ii]d|[Ww]orker|died|[Ee]xit|process|Exce"
    r"|Err|in use|connect to|Shutting|Reason|signal|Hang up|etected|tart|Listening|running|Fatal|Segment"
    r"|Abort|Killed|Failed to find|\[(?:error|critical|warning|exception) |\[[EWC] "
)
_DATED = late_pattern(
    r"(?:\[?[A-Z]{4,8}\]?[ \t:|-]{1,9})?\[?\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d"
    r"|[^\s\"]+ \S+ \S+ \[\d\d/[A-Z][a-z]{2}/\d{4}|\[\d\d/[A-Z][a-z]{2}/\d{4}|\[[DIWEC] \d|\[\d\d/\d\d/\d\d "
)
#: What Django says of a request that failed, without any prefix where nobody set up `logging`.
_OF_DJANGO = late_pattern(r"(?:Internal Server Error|Service Unavailable): /\S{0,2000}$")
#: Another server's line: its log may hold what a script printed.
_FOREIGN = late_pattern(
    r"\[.{20,40}\] \[[\w-]*:(?:emerg|alert|crit|error|warn|notice|info|debug)\] "
    r"|\[pid: \d{1,10}\|app: |\*\*\* Starting uWSGI "
)
_FRAME = late_pattern(r'  (?:\| )?\s*File "[^"]+", line \d+')

#: RQ's worker writes the time of day and no date.
_CLOCK = late_pattern(r"\d\d:\d\d:\d\d \S")

_LINKS = ("The above exception was the direct cause", "During handling of the above exception")
#: Printed by `threading`, `multiprocessing` and `atexit` before a stack trace.
_INTRODUCTIONS = late_pattern(
    r"Exception in thread |Exception ignored |Process \S+:$|Error in atexit|Task exception was"
)
_STARTUP_FAILED = "Application startup failed"
_IN_ASGI = "Exception in ASGI application"
#: A warning of our own instrumentation, which may come between an access line and its stack trace.
_OURS = late_pattern(r"(?:[A-Z]{4,8}:[\w.]{1,60}:)?culpa: ")
#: Who answers 500 and raises the exception again: the access line of such a request stands before the stack trace.
_ANSWERED = "starlette/middleware/errors.py"

_IDS = late_pattern(r"\btrace_?id['\"]?[=:] ?['\"]?(?P<trace>[0-9a-fA-F]{32})\b")
_SPAN = late_pattern(r"\bspan_?id['\"]?[=:] ?['\"]?(?P<span>[0-9a-fA-F]{16})\b")
_SERVICE = late_pattern(r"\bresource\.service\.name=(\S+)")
_CLIENT = late_pattern(r"Invalid request from ip=(\S+?):")


class _Entry(NamedTuple):
    """A record, taken apart."""

    said: Said | None  # the line that says what is wrong, else the first one
    request: Request | None
    before: str  # words that nobody's prefix stands before
    stacktrace: str


def _recognises(_file_name: str, lines: Sequence[str]) -> bool:
    if any(_FOREIGN.match(line) for line in lines):
        return False
    words = [plain(line[:SHORT_LINE]) for line in lines]
    if any(_GUNICORN.match(line) or _UVICORN.match(line) or _TELLTALE.match(line) for line in words):
        return True
    # A file that was rotated inside a stack trace begins with its frames.
    return any(line.startswith((TRACEBACK, GROUP)) or _FRAME.match(line) for line in words)


def _opens(line: str) -> bool:
    words = plain(line)
    if (
        _GUNICORN.match(words)
        or _UVICORN.match(words)
        or _TELLTALE.match(words)
        or words.startswith((TRACEBACK, GROUP))
        or _OF_DJANGO.match(words)
    ):
        return True
    known = said(line)
    return known is not None and bool(known.time or known.logger)


def _begins(line: str) -> bool:
    return bool(line) and (line[0] not in " \t" or line.startswith(GROUP))


def _continues(lines: Sequence[str], line: str) -> bool:
    if len(lines) == 1 and not _OPEN.search(lines[0]) and not _JOINING.search(line):
        return False  # nearly all lines, told cheaply
    known, request = said(line), request_of(line)
    if call_of(lines[0]):
        # The call that failed last before a request did: what is raised then often tells no address.
        if len(lines) == 1:
            return bool(request and request.status >= _FIRST_FAILURE) or bool(
                known and severity_of(known.level) >= ERROR
            )
        lines = lines[1:]
    if _OURS.match(plain(line)):
        return _is_answer(lines)
    if known is None and request is None:
        return _continues_plainly(lines, line)
    if request:
        return request.status >= _FIRST_FAILURE and _awaits_request(lines)
    if known and known.message.startswith(_IN_ASGI):
        return _is_answer(lines)
    if known and known.message.startswith(_STARTUP_FAILED):
        first = said(lines[0])
        return first is not None and first.pid == known.pid and first.message.startswith(TRACEBACK)
    return False


def _is_answer(lines: Sequence[str]) -> bool:
    """Say whether the record is an access line of a failure, and nothing else but warnings of ours."""
    request = request_of(lines[0])
    return (
        request is not None and request.status >= _FIRST_FAILURE and all(_OURS.match(plain(line)) for line in lines[1:])
    )


def _continues_plainly(lines: Sequence[str], line: str) -> bool:
    starts_trace = is_traceback(line)
    if _CLOCK.match(line):
        return False
    if any(map(is_traceback, lines[:_HEAD_LINES])):
        return not starts_trace or any(each.startswith(_LINKS) for each in lines[-2:])
    if _INTRODUCTIONS.match(lines[0]):
        return True
    if starts_trace and len(lines) == 1 and said(lines[0]) is None and failed_request_of(plain(lines[0]))[1]:
        return True  # Django's own words without any prefix
    head = [line for line in lines[:_HEAD_LINES] if not _OURS.match(plain(line))][:2]
    is_grave = any(severity_of(known.level) >= WARNING for known in map(said, head) if known)
    return is_grave and len(lines) < _MESSAGE_LINES


def _awaits_request(lines: Sequence[str]) -> bool:
    """Say whether an access line that comes now tells the request of a record that has none.

    What fails before the answer began is logged before uvicorn answers 500; so is what an app prints itself.
    """
    first = said(lines[0])
    if request_of(lines[0]):
        return False
    if first is None:
        return is_traceback(lines[0])
    if first.message.startswith(_IN_ASGI):
        return not any(_ANSWERED in line for line in lines)
    return first.message.startswith("Exceeded concurrency limit")


def _dates(line: str) -> bool:
    return _DATED.match(line) is not None


def _read(record: Record, source: Source) -> LogRow | None:
    if "\n" not in record.text and not _NOTABLE.search(text_of(record)):
        return None
    call, text = _called(text_of(record))
    entry = _taken_apart(text)
    if not _matters(entry):
        return None
    words = entry.said.message if entry.said else entry.before
    event, facts = meaning_of(words)
    event = _event(entry, event)
    method, target = failed_request_of(words)
    if entry.request:
        method, target = entry.request.method, entry.request.target
    trace, span = _IDS.search(words), _SPAN.search(words)
    service = _SERVICE.search(words)
    at = _own_time(record, source)
    before = 0
    if not at and not target and record.dated:
        # What names a request is found by that: the time of a line that may be long before would keep them apart.
        before = at = line_time_ns(record.dated, source.zone)
    pairs = [
        *_pairs(entry, facts, target),
        ("log.time_of_line_before", "true" if before else ""),
        (CALL_BEFORE, call),
    ]
    keys, values = attributes(pairs)
    level = entry.said.level if entry.said else ""
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        trace_id=usable_trace_id(trace["trace"]) if trace else "",
        span_id=usable_span_id(span["span"]) if span else "",
        severity_number=severity_of(level) or (ERROR if entry.stacktrace or event else 0),
        severity_text=level,
        service_name=service[1] if service else FORMAT.service_name,
        body=_body(entry, words),
        event_name=event,
        scope_name=entry.said.logger if entry.said else "",
        format=FORMAT.name,
        process_pid=process_id(facts.get("own", "")) or (entry.said.pid if entry.said else 0),
        http_request_method=method,
        url_path=path_of(target),
        attr_keys=keys,
        attr_vals=values,
        stacktrace=entry.stacktrace,
    )


def _called(text: str) -> tuple[str, str]:
    """Return the call that the line before the record tells of, '' for none, and the record without that."""
    first, _, rest = text.partition("\n")
    call = call_of(first) if rest else ""
    return (call, rest) if call else ("", text)


def _taken_apart(text: str) -> _Entry:
    lines = _dedented([line for line in map(plain, text.split("\n")) if not _OURS.match(line)] or [text])
    request: Request | None = None
    grave: Said | None = None
    before: list[str] = []
    trace: list[str] = []
    for line in lines:
        known, asked = said(line), request_of(line)
        if asked:
            request = request or asked
        if trace and known is None and asked is None:
            trace.append(line)
        elif is_traceback(line):
            trace.append(line[line.index(GROUP if line.startswith(GROUP) else TRACEBACK) :])
            grave = grave or known
        elif known and not asked:
            # `Application startup failed` says more than the bare stack trace before it.
            grave = known if grave is None or grave.message.startswith(TRACEBACK) else grave
        elif known is None and asked is None:
            before.append(line)
    if grave and before and not grave.message.startswith(TRACEBACK):
        grave = grave._replace(message="\n".join([grave.message, *before]).rstrip())
    return _Entry(grave, request, "\n".join(before).strip(), "\n".join(trace).rstrip())


def _dedented(lines: list[str]) -> list[str]:
    """Return a stack trace as it was raised, which Tornado's formatter puts four blanks in behind its first line."""
    at = next((at for at, line in enumerate(lines[:_HEAD_LINES]) if line.lstrip(" ").startswith(TRACEBACK)), 0)
    indent = " " * (len(lines[at]) - len(lines[at].lstrip(" ")))
    return [*lines[:at], *(line.removeprefix(indent) for line in lines[at:])] if indent else lines


def _matters(entry: _Entry) -> bool:
    if entry.stacktrace or (entry.request and entry.request.status >= _FIRST_FAILURE):
        return True
    words = entry.said.message if entry.said else entry.before
    if entry.said and (severity_of(entry.said.level) >= WARNING or _IDS.search(words)):
        return True
    return bool(meaning_of(words)[0])


def _event(entry: _Entry, event: str) -> str:
    if event:
        return event
    if entry.request and entry.request.status >= _FIRST_FAILURE:
        return "request.failed"
    if not entry.stacktrace:
        return ""
    if entry.said and entry.said.message.startswith(TRACEBACK) and is_startup(entry.stacktrace):
        return "process.boot_failed"
    return "" if entry.said else end_of_process(entry.stacktrace)


def _pairs(entry: _Entry, facts: Mapping[str, str], target: str) -> list[tuple[str, object]]:
    request = entry.request
    client = _CLIENT.match(entry.said.message) if entry.said else None
    address = host_and_port(request.client)[0] if request else client[1] if client else ""
    return [
        ("client.address", address),
        ("http.response.status_code", request.status if request else ""),
        ("url.query", query_of(target)),
        ("process.killed.pid", facts.get("pid")),
        ("process.killed.signal", facts.get("signal")),
        ("process.exit_code", facts.get("code")),
    ]


def _body(entry: _Entry, words: str) -> str:
    if not words and not entry.stacktrace and entry.request:
        request = entry.request
        return f"{request.method} {path_of(request.target)} {request.status}"
    if not entry.stacktrace:
        return words
    raised = read_stack(entry.stacktrace).outermost
    error = f"{raised.type}: {raised.message}".split("\n", 1)[0].removesuffix(": ") if raised else ""
    head = "" if words.startswith(TRACEBACK) else words
    return "\n".join(part for part in (head, error) if part) or TRACEBACK


def _own_time(record: Record, source: Source) -> int:
    """Return the time that one of a record's first lines bears, 0 if none does."""
    return next((at for line in text_of(record).split("\n", 2)[:2] if (at := line_time_ns(line, source.zone))), 0)


FORMAT = Format(
    name="python_server",
    service_name="",
    recognises=_recognises,
    read=_read,
    begins=_begins,
    continues=_continues,
    dates=_dates,
    opens=_opens,
    takes_all=True,
)
