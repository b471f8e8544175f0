"""Zope's and ZEO's event log: records between rulers, stack traces in Zope's own words.

Source: zLOG of Zope 2.13, Products.SiteErrorLog, ZConfig's formatter; Plone 4 and 5.
"""

import re
from collections.abc import Sequence

from culpa.collector.formats._extent import SHORT_LINE, text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._iso_times import iso_ns
from culpa.collector.formats._levels import ERROR, WARNING, severity_of
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._values import attributes
from culpa.instrumentation.patterns import late_pattern

_HEAD = late_pattern(
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:,\d{3})? "
    r"(?P<level>TRACE|DEBUG|BLATHER|INFO|WARNING|PROBLEM|ERROR|CRITICAL|PANIC)"
    r" (?P<logger>[A-Za-z][\w.]{1,80}) (?P<words>.*)",
    re.DOTALL,
)
_RULER = "------"
_TRACEBACK = "Traceback (innermost last):"
_FRAME = late_pattern(r"(?m)^  Module (?P<module>[\w.]{1,200}), line (?P<line>\d{1,7}), in (?P<function>\S{1,200})$")
#: What it notes below a frame is no line of a program.
_NOTE = late_pattern(r"(?m)^ {1,8}- .*\n?")
_LEVELS = {"BLATHER": "DEBUG", "PROBLEM": "ERROR", "PANIC": "CRITICAL"}
#: A request that failed: an id, and the URL.
_FAILED = "Zope.SiteErrorLog"
_URL = late_pattern(r"\d[\d.]{8,40} (?P<url>https?://\S{1,2000})")


def _opens(line: str) -> bool:
    return _HEAD.match(line[:SHORT_LINE]) is not None


def _recognises(_file_name: str, lines: Sequence[str]) -> bool:
    return _RULER in lines and any(map(_opens, lines))


def _read(record: Record, source: Source) -> LogRow | None:
    text = text_of(record).rstrip("-\n ")
    head = _HEAD.match(text)
    if not head:
        if not text:
            return None
        raise Unreadable("not a record of Zope's event log")
    severity = severity_of(_LEVELS.get(head["level"], head["level"]))
    words, _, stack = head["words"].partition(f"\n{_TRACEBACK}\n")
    if severity < WARNING and not stack:
        return None
    url = _URL.match(words) if head["logger"] == _FAILED else None
    keys, values = attributes([("url.full", url["url"] if url else "")])
    at = iso_ns(head["time"], source.zone)
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        severity_number=max(severity, ERROR if stack else 0),
        severity_text=head["level"],
        service_name=FORMAT.service_name,
        body=words.strip(),
        event_name="request.failed" if url else "",
        scope_name=head["logger"],
        format=FORMAT.name,
        attr_keys=keys,
        attr_vals=values,
        stacktrace=_as_python(stack) if stack else "",
    )


def _as_python(stack: str) -> str:
    """Return a stack as Python prints one: modules become files."""
    frames = _FRAME.sub(
        lambda found: f'  File "{found["module"].replace(".", "/")}.py", line {found["line"]}, in {found["function"]}',
        _NOTE.sub("", stack),
    )
    return f"Traceback (most recent call last):\n{frames}"


FORMAT = Format(
    name="zope_log",
    service_name="zope",
    recognises=_recognises,
    read=_read,
    begins=_opens,
    opens=None,
    is_local=True,
)
