"""What Phusion Passenger prints into the web server's error log: apps that could not start, and what they print.

Source: Passenger 6 `src/cxx_supportlib/LoggingKit`, `src/agent/Core`.
"""

import re

from culpa.collector.events import first_meaning
from culpa.collector.formats._extent import SHORT_LINE, text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._iso_times import iso_ns
from culpa.collector.formats._rails_errors import RailsError, rails_error
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._values import attributes, process_id
from culpa.instrumentation.patterns import late_pattern

_LINE = late_pattern(
    r"\[ (?P<level>[CEWNID]|D[23]) (?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,6}) (?P<pid>\d{1,10})/"
    r"(?P<tid>\w{1,20}) "
    r"(?P<place>[^\s\]]{1,200}) \]: (?P<message>.*)",
    re.DOTALL,
)
_MEANINGS = tuple(
    (late_pattern(words), event)
    for words, event in (
        (r"Could not spawn process for application ", "process.boot_failed"),
        (r".{0,60}Cannot checkout session because a spawning error occurred", "process.boot_failed"),
        (
            r"(?i:.{0,60}Returning HTTP 503 due to: .{0,40}request queue|.{0,60}request queue is full)",
            "workers.exhausted",
        ),
        (r"Process \(pid=(?P<pid>\d{1,10})[^)]{0,200}\) no longer exists", "worker.exited"),
        (r"Passenger core online", "server.ready"),
        (r"Passenger core shutdown", "server.shutdown"),
    )
)  # fmt: skip
_ANSWERED = late_pattern(r"\bReturning HTTP (?P<status>\d{3}) due to")
#: Ruby's words for an error, and its class behind them.
_CLASS = late_pattern(r"(?P<type>[A-Z]\w{0,60}(?:::\w{1,60}){0,8})\)")
_INTRODUCTIONS = late_pattern(r"encountered the following error: |^ {0,4}Message from application: ", re.MULTILINE)
_SEVERITY = {"C": 21, "E": 17, "W": 13, "N": 10, "I": 9}
_WARN = 13


def _opens(line: str) -> bool:
    return line.startswith("[ ") and _LINE.match(line[:SHORT_LINE]) is not None


def _read(record: Record, source: Source) -> LogRow | None:
    found = _LINE.fullmatch(text_of(record))
    if not found:
        raise Unreadable("not a line of Passenger's log")
    message = found["message"].rstrip()
    severity = _SEVERITY.get(found["level"], 5)
    event, facts = first_meaning(_MEANINGS, message[:SHORT_LINE])
    if not event and severity < _WARN:
        return None
    at = iso_ns(found["time"][:26], source.zone)
    answered = _ANSWERED.search(message[:SHORT_LINE])
    raised = _raised(message)
    keys, values = attributes(
        [
            ("passenger.place", found["place"]),
            ("process.killed.pid", facts.get("pid")),
            ("http.response.status_code", answered["status"] if answered else ""),
        ]
    )
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        severity_number=severity,
        severity_text=found["level"],
        service_name=FORMAT.service_name,
        body=f"{raised.type}: {raised.message}" if raised.type else message,
        event_name=event,
        format=FORMAT.name,
        process_pid=process_id(found["pid"]),
        thread_id=found["tid"],
        exception_type=raised.type if raised.stacktrace else "",
        exception_message=raised.message if raised.stacktrace else "",
        stacktrace=raised.stacktrace,
        attr_keys=keys,
        attr_vals=values,
    )


def _raised(message: str) -> RailsError:
    """Return what the app ended with, printed as Ruby does elsewhere; absent parts are ''."""
    told = _INTRODUCTIONS.search(message)
    lines = [line.strip() for line in message[told.end() :].split("\n")] if told else [""]
    statement, _, behind = lines[0].rpartition(" (")
    found = _CLASS.fullmatch(behind)
    return rails_error([f"{found['type']} ({statement})", *lines[1:]]) if found else RailsError("", "", "", "")


FORMAT = Format(
    name="passenger_log",
    service_name="passenger",
    read=_read,
    begins=_opens,
    opens=_opens,
    is_local=True,
)
