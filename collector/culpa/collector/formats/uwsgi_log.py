"""What uWSGI prints: its request lines, the ends of its workers, and the stack traces of the apps in it.

Source: uWSGI 2.0 `core/logging.c`, `core/master_checks.c`, `proto/uwsgi.c`.
"""

from collections.abc import Sequence

from culpa.collector.events import first_meaning
from culpa.collector.formats._extent import SHORT_LINE, text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._levels import ERROR
from culpa.collector.formats._python_lines import TRACEBACK
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._times import time_ns
from culpa.collector.formats._values import attributes, path_of, process_id, query_of
from culpa.instrumentation.patterns import late_pattern

_DATE = r"[A-Z][a-z]{2} (?P<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})"
_STAMP = late_pattern(_DATE + " - ")
_REQUEST = late_pattern(
    r"\[pid: (?P<pid>\d{1,10})\|app: (?P<app>\d{1,6}|-1)\|req: \S{1,30}\] (?P<client>\S{0,60}) \([^)]{0,100}\) "
    r"\{\d+ vars in \d+ bytes\} \[" + _DATE + r"\] "
    r"(?P<method>[A-Z]{3,12}) (?P<target>\S*) => generated \d+ bytes in (?P<took>\d{1,12}) (?P<unit>msecs|micros)"
    r".{0,40}?\((?P<protocol>\S{1,20}) (?P<status>\d{3})\)"
)
_HARAKIRI = late_pattern(
    r"HARAKIRI \[core \d+\] (?P<client>\S{1,60}) - (?P<method>[A-Z]{3,12}) (?P<target>\S+) since \d+"
)
#: Words and what they mean, the first that matches; groups become facts.
_MEANINGS = tuple(
    (late_pattern(words), event)
    for words, event in (
        (r"\*\*\* HARAKIRI ON WORKER \d+ \(pid: (?P<pid>\d{1,10})", "worker.timeout"),
        (r"HARAKIRI \[core \d+\] ", "worker.timeout"),
        (r"DAMN ! worker \d+ \(pid: (?P<pid>\d{1,10})\) died, killed by signal (?P<signal>\d{1,3})", "worker.killed"),
        (r"DAMN ! worker \d+ \(pid: (?P<pid>\d{1,10})\) died", "worker.exited"),
        (r"!!! uWSGI process (?P<pid>\d{1,10}) got Segmentation Fault", "process.crashed"),
        (r"\*\*\* uWSGI listen queue of socket .{0,200} full !!!", "workers.exhausted"),
        (r"unable to load app \d+ |ModuleNotFoundError|no python application found", "process.boot_failed"),
        (r"OOPS ! failed loading app|bind\(\): |\*\*\* no app loaded\. GAME OVER", "process.boot_failed"),
        (r"(?:WSGI|Rack|PSGI) app \d+ .{0,200} ready in ", "server.ready"),
        (r"\*\*\* Starting uWSGI ", "server.started"),
        (r"spawned uWSGI worker \d+ \(pid: (?P<own>\d{1,10})", "worker.started"),
        (r"Respawned uWSGI worker \d+ \(new pid: (?P<own>\d{1,10})", "worker.started"),
        (r"SIGINT/SIGQUIT received|SIGTERM received|goodbye to uWSGI", "server.shutdown"),
        (r"invalid request block size: \d+ \(max \d+\)", "connection.lost"),
    )
)  # fmt: skip
#: What only uWSGI prints.
_MARK = late_pattern(
    r"(?:" + _DATE + r" - )?(?:\[pid: \d{1,10}\|app: |\*\*\* (?:HARAKIRI|Starting uWSGI|uWSGI )|HARAKIRI |DAMN ! worker"
    r"|(?:spawned|Respawned) uWSGI |!!! uWSGI process|invalid request block size: |unable to load app \d)"
)
_FIRST_FAILURE = 500


def _opens(line: str) -> bool:
    return _MARK.match(line[:SHORT_LINE]) is not None


def _begins(line: str) -> bool:
    return bool(line) and line[0] not in " \t"


def _continues(lines: Sequence[str], line: str) -> bool:
    """Say whether a line goes on with a stack trace, to the request line that ends it."""
    if not lines[0].startswith(TRACEBACK):
        return False
    if any(map(_REQUEST.match, lines[-1:])):
        return False
    return _REQUEST.match(line[:SHORT_LINE]) is not None or not (_opens(line) or line.startswith(TRACEBACK))


def _dates(line: str) -> bool:
    return _STAMP.match(line) is not None or _REQUEST.match(line[:SHORT_LINE]) is not None


def _read(record: Record, source: Source) -> LogRow | None:
    lines = text_of(record).split("\n")
    last = lines[-1] if lines[0].startswith(TRACEBACK) else lines[0]
    stamp = _STAMP.match(last)
    words = last[stamp.end() :] if stamp else last
    request = _REQUEST.match(words)
    event, facts = first_meaning(_MEANINGS, words[:SHORT_LINE])
    stack = "\n".join(lines[:-1] if request else lines) if lines[0].startswith(TRACEBACK) else ""
    status = int(request["status"]) if request else 0
    if request and status < _FIRST_FAILURE and not stack:
        return None
    if not (request or event or stack):
        return None
    asked = request or _HARAKIRI.match(words)
    target = asked["target"] if asked else ""
    # The query stands where it is redacted as one.
    words = words.replace(target, path_of(target), 1) if query_of(target) else words
    took_ms = int(request["took"]) / (1 if request["unit"] == "msecs" else 1000) if request else 0
    at = _time(request["time"] if request else stamp["time"] if stamp else "", record, source)
    if request:
        # uWSGI writes when the request began.
        at += int(took_ms * 1_000_000)
    keys, values = attributes(
        [
            ("client.address", asked["client"] if asked else ""),
            ("http.response.status_code", status or ""),
            ("duration_ms", took_ms if request else ""),
            ("url.query", query_of(target)),
            ("process.killed.pid", facts.get("pid")),
            ("process.killed.signal", facts.get("signal")),
            ("log.time_of_line_before", "" if request or stamp or not at else "true"),
        ]
    )
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        severity_number=ERROR if event not in _LIFE else 9,
        service_name=FORMAT.service_name,
        body=words if not stack else f"{words}\n{lines[-2 if request else -1]}" if request else lines[-1],
        event_name="request.failed" if status >= _FIRST_FAILURE else event,
        format=FORMAT.name,
        process_pid=process_id(facts.get("own", "") or (request["pid"] if request else "")),
        http_request_method=asked["method"] if asked else "",
        url_path=path_of(target),
        attr_keys=keys,
        attr_vals=values,
        stacktrace=stack,
    )


_LIFE = ("server.ready", "server.started", "worker.started", "server.shutdown")


def _time(written: str, record: Record, source: Source) -> int:
    for text in (written, _dated(record.dated)):
        if text:
            try:
                return time_ns(text, "%b %d %H:%M:%S %Y", source.zone)
            except Unreadable:
                return 0
    return 0


def _dated(line: str) -> str:
    """Return the time of the nearest line before that bears one."""
    stamp, request = _STAMP.match(line), _REQUEST.match(line)
    return stamp["time"] if stamp else request["time"] if request else ""


FORMAT = Format(
    name="uwsgi_log",
    service_name="",
    read=_read,
    begins=_begins,
    continues=_continues,
    dates=_dates,
    opens=_opens,
    takes_all=True,
    is_local=True,
)
