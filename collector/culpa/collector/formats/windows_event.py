"""Events of Windows as text: what IIS, its module for ASP.NET Core, .NET and ASP.NET write into the log `Application`.

Three layouts: `wevtutil qe Application /f:text`, `Get-WinEvent | Format-List`, and what the Event Viewer copies.
Source: Windows Server 2022; ASP.NET Core Module 17, resources.h; .NET Runtime, event 1026; ASP.NET 4.8, event 1309.
"""

import re
from collections.abc import Sequence

from culpa.collector.events import first_meaning
from culpa.collector.formats._extent import SHORT_LINE, text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._iso_times import iso_ns
from culpa.collector.formats._levels import WARNING, severity_of
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._times import time_ns
from culpa.collector.formats._values import attributes, path_of, process_id
from culpa.instrumentation.patterns import late_pattern

_OPENS = late_pattern(r"Event\[\d{1,7}\]:?\s{0,4}$|Log Name: {2,20}\S|TimeCreated {1,8}: \S")
_FIELD = late_pattern(
    r"^[ \t]{0,8}(?P<key>Log Name|Source|ProviderName|Date|TimeCreated|Event ID|Id|Level|LevelDisplayName|Computer"
    r"|MachineName)[ \t]{0,10}: ?[ \t]{0,20}(?P<value>\S[^\n]{0,400})$",
    re.MULTILINE,
)
_WORDS = late_pattern(r"^[ \t]{0,8}(?:Description|Message)[ \t]{0,10}:[ \t]?", re.MULTILINE)
_NAMES = {"ProviderName": "Source", "TimeCreated": "Date", "Id": "Event ID", "LevelDisplayName": "Level"}
_LEVELS = {"Critical": "fatal", "Error": "error", "Warning": "warning", "Information": "info", "Verbose": "debug"}
_WRITTEN = late_pattern(r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d\d:\d\d [AP]M$")

_ROOT = r"Application '[^'\n]{0,400}' (?:with physical root '[^'\n]{0,600}' )?"
#: The begin of the words, and what they mean.
_MEANINGS = tuple(
    (late_pattern(words), event)
    for words, event in (
        (
            _ROOT + r"(?:hit unexpected managed exception|failed to (?:load|start)|has not started)",
            "process.boot_failed",
        ),
        (r"(?:Could not find '?aspnetcorev2|Failed to start application |Failed to load )", "process.boot_failed"),
        (
            r"Application: (?P<name>[\w.-]{1,100})(?:\n[^\nD][^\n]{0,100}){0,4}\n"
            r"Description: The process was terminated due to an unhandled exception",
            "server.crashed",
        ),
        (r"Faulting application name: (?P<name>[\w.-]{1,100})", "process.crashed"),
        (
            r"A process serving application pool '[^'\n]{0,200}' (?:terminated unexpectedly|suffered a fatal)",
            "server.crashed",
        ),
        (r"Event code: 30\d\d\b", "request.failed"),
    )
)
_RAISED = late_pattern(r"(?:Unhandled [Ee]xception[.:] |Exception Info: )(?=[A-Za-z_])")
_PID = late_pattern(r"[Pp]rocess [Ii][Dd](?::| (?:is|was))? {0,2}'?(?P<pid>\d{1,10})")
#: ASP.NET's own report of a request.
_TYPE = late_pattern(r"^\s{0,12}Exception type: (?P<type>[\w.+`]{1,200})", re.MULTILINE)
_MESSAGE = late_pattern(r"^\s{0,12}Exception message: (?P<message>[^\n]{1,2000})", re.MULTILINE)
_PATH = late_pattern(r"^\s{0,12}Request path: (?P<path>/\S{0,2000})", re.MULTILINE)
_STACK = late_pattern(r"^\s{0,12}Stack trace: ", re.MULTILINE)


def _opens(line: str) -> bool:
    return _OPENS.match(line[:SHORT_LINE]) is not None


def _continues(lines: Sequence[str], line: str) -> bool:
    """Keep the fields of an event with the number above them."""
    return len(lines) == 1 and lines[0].startswith("Event[") and not line.startswith("Event[")


def _read(record: Record, source: Source) -> LogRow | None:
    text = text_of(record)
    words = _WORDS.search(text)
    if not words or not _OPENS.match(text.partition("\n")[0]):
        raise Unreadable("not an event of Windows")
    fields: dict[str, str] = {}
    for found in _FIELD.finditer(text[: words.start()]):
        fields.setdefault(_NAMES.get(found["key"], found["key"]), found["value"].strip())
    said = text[words.end() :].strip()
    event, facts = first_meaning(_MEANINGS, said)
    severity = severity_of(_LEVELS.get(fields.get("Level", ""), ""))
    if severity < WARNING and not event:
        return None
    at = _time(fields.get("Date", ""), source)
    pid, kind, message, path = (pattern.search(said) for pattern in (_PID, _TYPE, _MESSAGE, _PATH))
    target = path["path"] if path else ""
    keys, values = attributes(
        [
            ("process.killed.name", facts.get("name")),
            ("host.name", fields.get("Computer") or fields.get("MachineName")),
            ("windows.event.source", fields.get("Source")),
            ("windows.event.id", fields.get("Event ID")),
        ]
    )
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        severity_number=severity,
        severity_text=fields.get("Level", ""),
        service_name=FORMAT.service_name,
        body=said,
        event_name=event,
        scope_name=fields.get("Source", ""),
        format=FORMAT.name,
        process_pid=process_id(pid["pid"]) if pid else 0,
        url_path=path_of(target),
        attr_keys=keys,
        attr_vals=values,
        exception_type=kind["type"] if kind else "",
        exception_message=message["message"].strip() if message else "",
        stacktrace=_stack(said, kind, message),
    )


def _stack(said: str, kind: re.Match[str] | None, message: re.Match[str] | None) -> str:
    """Return what was raised with its calls, which end at an empty line."""
    raised, calls = _RAISED.search(said), _STACK.search(said)
    if raised:
        return said[raised.end() :].partition("\n\n")[0]
    if not (kind and calls):
        return ""
    words = message["message"].strip() if message else ""
    return f"{kind['type']}: {words}\n{said[calls.end() :].partition(chr(10) * 2)[0]}"


def _time(written: str, source: Source) -> int:
    try:
        if _WRITTEN.match(written):
            return time_ns(written, "%m/%d/%Y %I:%M:%S %p", source.zone)
        return iso_ns(re.sub(r"(\.\d{6})\d+", r"\1", written), source.zone) if written else 0
    except Unreadable:
        return 0


FORMAT = Format(
    name="windows_event",
    service_name="",
    read=_read,
    begins=_opens,
    continues=_continues,
    opens=_opens,
)
