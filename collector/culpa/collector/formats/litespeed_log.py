"""LiteSpeed's error log: what it says of the programs behind it, and what these wrote to their standard error.

Its lines name the client of the connection and no path. What a script printed goes on over lines of its own.
Source: OpenLiteSpeed 1.3 to 1.8, logs/error.log.
"""

import re
from typing import NamedTuple

from culpa.collector.events import first_meaning
from culpa.collector.exceptions import read_stack
from culpa.collector.formats._extent import SHORT_LINE, text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._iso_times import iso_ns
from culpa.collector.formats._levels import ERROR, WARNING, severity_of
from culpa.collector.formats._php import PhpError, php_error
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._values import attributes, process_id
from culpa.instrumentation.patterns import late_pattern

_LINE = late_pattern(
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3,6})"
    r"(?:\t(?P<tabbed>DEBUG|INFO|NOTICE|WARN|ERROR|FATAL)\t"
    r"| \[(?P<level>DEBUG|INFO|NOTICE|WARN|ERROR|FATAL)\] (?:\[(?P<pid>\d{1,10})\] )?"
    r"(?:\[T\d{1,3}\] )?(?=\[(?![^\]]{1,80}\] {1,3}- )|\S{1,80}:))"
    r"(?P<words>.*)",
    re.DOTALL,
)
#: The connection: client, port, what is spoken on it, and for which site.
_CONNECTION = late_pattern(
    r"\[(?P<client>[\da-fA-F.:]{2,45}):(?P<port>\d{1,5})(?:[:-][\w.:-]{1,40})?(?:#[^\]]{1,200})?\] "
)
_STDERR = "[STDERR] "
_SOCKET = late_pattern(r"\[(?P<socket>uds://[^\]]{1,200}|[\w.-]{1,100}:\d{1,5})\]")
_MEANINGS = tuple(
    (late_pattern(words), event)
    for words, event in (
        (
            r"\[[^\]]{1,200}\] Connection refused, restart!|.{0,200}forking too frequently, suspend",
            "process.boot_failed",
        ),
        (
            r".{0,200}oops! .{0,80}child process"
            r"|.{0,100}child process with pid=\d{1,10} (?:was killed|received signal)",
            "worker.killed",
        ),
        (r"\[PID:\d{1,10}\] Server Stopped", "server.shutdown"),
    )
)


class _Said(NamedTuple):
    """A record's words, without who they were said to."""

    client: str
    port: str
    words: str
    error: PhpError


def _opens(line: str) -> bool:
    return _LINE.match(line[:SHORT_LINE]) is not None


def _read(record: Record, source: Source) -> LogRow | None:
    found = _LINE.match(text_of(record))
    if not found:
        raise Unreadable("not a line of LiteSpeed's error log")
    said = _said(found["words"].rstrip())
    severity = severity_of(found["tabbed"] or found["level"])
    event, _ = first_meaning(_MEANINGS, said.words)
    if not event and said.error.has_ended and said.client:
        event = said.error.event or "request.failed"
    if not (event or said.error.type or severity >= WARNING):
        return None
    socket = _SOCKET.search(said.words) if not said.error.type else None
    at = iso_ns(found["time"], source.zone)
    keys, values = attributes([("client.address", said.client), ("client.port", said.port)])
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        severity_number=max(severity, said.error.severity, ERROR if event else 0),
        severity_text=found["tabbed"] or found["level"],
        service_name=FORMAT.service_name,
        body=said.words.partition("\n")[0] if said.error.stacktrace else said.words,
        event_name=event,
        scope_name="script" if said.error.type else "",
        format=FORMAT.name,
        process_pid=process_id(found["pid"] or ""),
        upstream_address=socket["socket"].replace("uds://", "unix:/") if socket else "",
        attr_keys=keys,
        attr_vals=values,
        exception_type=said.error.type,
        exception_message=said.error.exception_message,
        stacktrace=said.error.stacktrace,
    )


def _said(words: str) -> _Said:
    """Take the connection off, and read what a script printed."""
    connection = _CONNECTION.match(words)
    client, port = (connection["client"], connection["port"]) if connection else ("", "")
    bare = words[connection.end() :] if connection else words
    if not bare.startswith(_STDERR):
        return _Said(client, port, bare, PhpError("", 0, bare))
    printed = bare.removeprefix(_STDERR)
    error = php_error(printed)
    if not error.level and "\n" in printed:
        raised = read_stack(printed).outermost
        if raised:
            error = PhpError("", ERROR, raised.message, type=raised.type, stacktrace=printed)
    return _Said(client, port, printed, error)


FORMAT = Format(
    name="litespeed_log",
    service_name="litespeed",
    read=_read,
    begins=_opens,
    opens=_opens,
    is_local=True,
)
