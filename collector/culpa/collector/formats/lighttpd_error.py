"""lighttpd's error log: what it says of the programs behind it, and what these wrote to their standard error.

Its lines name no client. One that names the path tells of the request; what PHP ended by stands in lines of its own.
Source: lighttpd 1.4, gw_backend.c, mod_fastcgi.c, mod_cgi.c.
"""

import re
from collections.abc import Sequence

from culpa.collector.formats._extent import SHORT_LINE, text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._levels import ERROR, FATAL, WARNING
from culpa.collector.formats._php import PhpError, php_error
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._times import time_ns
from culpa.collector.formats._values import attributes, path_of, query_of
from culpa.instrumentation.patterns import late_pattern

#: In a syslog there is no time, and of a copy the first bracket may be missing.
_LINE = late_pattern(
    r"(?:(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d): )?\(?(?:[\w./-]{0,200}/)?(?P<place>[a-z_0-9]{2,40}\.c\.\d{1,5})\) "
    r"(?P<message>.*)"
)
_STDERR = "FastCGI-stderr:"
_GOES_ON = late_pattern(r" {0,4}(?:Stack trace:|#\d|thrown in |Next )")
_PATH = late_pattern(r"(?:all handlers for |on socket: \S{1,300} for )(?P<target>/[^\s,]*)")
_SOCKET = late_pattern(r"socket: (?P<socket>(?:unix|tcp):\S{1,300}?)(?:[:,]? |:?$)|connect\(\) (?P<plain>/\S{1,300}): ")
#: Nobody was there; else it had the request, and gave no answer.
_UNAVAILABLE, _FAILED = 503, 500
_DOWN = "all handlers for "
_TROUBLE = late_pattern(r"(?i)fail|unexpected|refused|died|signalled|not received|are down|timed? ?out|error|denied")


def _found(line: str) -> re.Match[str] | None:
    return _LINE.match(line[:SHORT_LINE])


def _opens(line: str) -> bool:
    return _found(line) is not None


def _stderr_of(line: str) -> str:
    found = _found(line)
    message = found["message"] if found else ""
    return message.removeprefix(_STDERR) if message.startswith(_STDERR) else ""


def _continues(lines: Sequence[str], line: str) -> bool:
    """Keep together what PHP printed of one error."""
    return bool(_stderr_of(lines[0])) and _GOES_ON.match(_stderr_of(line)) is not None


def _read(record: Record, source: Source) -> LogRow | None:
    lines = text_of(record).split("\n")
    found = _LINE.match(lines[0])
    if not found:
        raise Unreadable("not a line of lighttpd's error log")
    message = found["message"]
    at = time_ns(found["time"], "%Y-%m-%d %H:%M:%S", source.zone) if found["time"] else 0
    error = PhpError("", 0, "")
    target = ""
    if message.startswith(_STDERR):
        message = message.removeprefix(_STDERR)
        error = php_error("\n".join([message, *(_stderr_of(line) for line in lines[1:])]))
    elif asked := _PATH.search(message):
        target = asked["target"]
    elif not _TROUBLE.search(message):
        return None
    socket = _SOCKET.search(message)
    status = "" if not target else _UNAVAILABLE if message.startswith(_DOWN) else _FAILED
    keys, values = attributes([("http.response.status_code", status), ("url.query", query_of(target))])
    has_failed = bool(target) or error.severity >= FATAL
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        severity_number=ERROR if has_failed else max(WARNING, error.severity),
        service_name=FORMAT.service_name,
        event_name=(error.event or "request.failed") if has_failed else error.event,
        body=error.message if error.type else message,
        scope_name="php" if error.type else "",
        format=FORMAT.name,
        url_path=path_of(target),
        upstream_address=(socket["socket"] or f"unix:{socket['plain']}") if socket else "",
        attr_keys=keys,
        attr_vals=values,
        exception_type=error.type,
        exception_message=error.exception_message,
        stacktrace=error.stacktrace,
    )


FORMAT = Format(
    name="lighttpd_error",
    service_name="lighttpd",
    read=_read,
    begins=_opens,
    continues=_continues,
    opens=_opens,
    is_local=True,
)
