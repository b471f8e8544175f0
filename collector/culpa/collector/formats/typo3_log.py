r"""TYPO3's log file: RFC 2822 time, level, request and component; what nobody caught with its class, place and URL.

Source: TYPO3 8 to 13, Core\Log\Writer\FileWriter, Core\Error\AbstractExceptionHandler.
"""

import re

from culpa.collector.formats._extent import MOST_OF_MESSAGE, SHORT_LINE, text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._levels import CRITICAL, WARNING, severity_of
from culpa.collector.formats._php import php_stack
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._times import time_ns
from culpa.collector.formats._values import attributes, path_of, query_of
from culpa.collector.formats._zones import zone_of
from culpa.instrumentation.patterns import late_pattern

_HEAD = late_pattern(
    r"[A-Z][a-z]{2}, (?P<time>\d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d) (?P<zone>[+-]\d{4}) "
    r"\[(?P<level>DEBUG|INFO|NOTICE|WARNING|ERROR|CRITICAL|ALERT|EMERGENCY)\] "
    r'request="(?P<request>[^"\s]{0,80})" component="(?P<component>[^"]{1,200})": (?P<words>.*)',
    re.DOTALL,
)
_UNCAUGHT = late_pattern(r"Core: Exception handler \([A-Z: ]{2,12}\): ")
#: Up to version 9 and in some writers still: words, then class and place.
_BEHIND = late_pattern(
    r" \| (?P<type>[A-Za-z_][\w\\]{1,200}) thrown in file (?P<file>\S{1,400}) in line (?P<line>\d{1,7})\."
    r"(?: Requested URL: https?://[^/\s]{1,255}(?P<target>/\S{0,2000}))?"
)
#: Since then: class, code and place, then the words.
_BEFORE = late_pattern(
    r"(?P<type>[A-Za-z_][\w\\]{1,200}), code #\d{1,12}, file (?P<file>[^\s,]{1,400}), line (?P<line>\d{1,7}): "
    r"(?P<message>.*)",
    re.DOTALL,
)
_CODE = late_pattern(r"(?:Uncaught TYPO3 Exception: )?(?:#\d{4,12}: )?")
#: Begins what else the record knows, as JSON at its end.
_DATA = ' - {"'
_URL = late_pattern(r'"request_url":"https?:\\?/\\?/[^/"\\]{1,255}(?P<target>\\?/[^"]{0,2000})"')


def _opens(line: str) -> bool:
    return _HEAD.match(line[:SHORT_LINE]) is not None


def _read(record: Record, source: Source) -> LogRow | None:
    head = _HEAD.match(text_of(record))
    if not head:
        raise Unreadable("not a line of TYPO3's log")
    severity = severity_of(head["level"])
    if severity < WARNING:
        return None
    words = head["words"].rstrip()
    uncaught = _UNCAUGHT.match(words)
    kind, message, place, target = _raised(words[uncaught.end() :]) if uncaught else ("", "", "", "")
    at = time_ns(head["time"], "%d %b %Y %H:%M:%S", zone_of(head["zone"], source.zone))
    keys, values = attributes([("url.query", query_of(target)), ("typo3.request", head["request"])])
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        severity_number=max(severity, CRITICAL) if kind else severity,
        severity_text=head["level"],
        service_name=FORMAT.service_name,
        body=_said(words).replace(target, path_of(target)) if target else _said(words),
        event_name="request.failed" if kind else "",
        scope_name=head["component"],
        format=FORMAT.name,
        url_path=path_of(target),
        attr_keys=keys,
        attr_vals=values,
        exception_type=kind,
        exception_message=message,
        stacktrace=php_stack(kind, message, place, []) if kind else "",
    )


def _said(words: str) -> str:
    """Return a record's words without the JSON behind them."""
    before, _, data = words.rpartition(_DATA)
    return before if data.endswith("}") and before else words


def _raised(words: str) -> tuple[str, str, str, str]:
    """Return class, words, place and the path asked for; '' for what is not told."""
    said = _said(words)
    url = _URL.search(words)
    target = url["target"].replace("\\/", "/") if url else ""
    behind = _BEHIND.search(said)
    if behind:
        message = _CODE.sub("", said[: behind.start()], count=1)
        return (
            behind["type"],
            message[:MOST_OF_MESSAGE],
            f"{behind['file']}:{behind['line']}",
            behind["target"] or target,
        )
    before = _BEFORE.match(said)
    if before:
        return before["type"], before["message"][:MOST_OF_MESSAGE], f"{before['file']}:{before['line']}", target
    return "", "", "", ""


FORMAT = Format(name="typo3_log", service_name="typo3", read=_read, begins=_opens, opens=_opens)
