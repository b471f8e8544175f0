"""Django's page of an error with DEBUG on, as people copy it out of the browser.

It tells the request, the calls, and what was raised: the page of version 1.11 to 5,
and its `copy-and-paste view`. It bears no time.
"""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from culpa.collector.formats._extent import text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._levels import ERROR
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._values import attributes, path_of, query_of
from culpa.instrumentation.patterns import late_pattern

_METHOD = late_pattern(r"^[ \t]*Request Method:[ \t]+(?P<method>[A-Z]{3,8})[ \t]*$", re.MULTILINE)
_URL = late_pattern(r"^[ \t]*Request URL:[ \t]+(?P<url>https?://\S{1,2000})", re.MULTILINE)
_TYPE = late_pattern(r"^[ \t]*Exception Type:[ \t]+(?P<type>[\w.]{1,200})", re.MULTILINE)
_VALUE = late_pattern(
    r"^[ \t]*Exception Value:[ \t]*\n?(?P<value>[^\n]{1,4000}"
    r"(?:\n(?![ \t]*(?:Exception Location|Python |Request ))[^\n]{1,1000}){0,5})",
    re.MULTILINE,
)
#: A call: before version 3.1 the line stood below, with the code.
_CALL = late_pattern(
    r'^[ \t]*File "(?P<file>[^"\n]{1,500})"(?:, line (?P<line>\d{1,6}),)? in (?P<function>[^\n]{1,200})'
    r"(?:\n[ \t]{1,8}(?P<below>\d{1,6})\. [ \t]*(?P<code>[^\n]{0,500}))?",
    re.MULTILINE,
)
_TRACEBACK = "Traceback (most recent call last):"


def _recognises(_file_name: str, lines: Sequence[str]) -> bool:
    return any(map(_opens, lines)) and any(
        line.strip().startswith(("Django Version:", "Request URL:")) for line in lines
    )


def _opens(line: str) -> bool:
    return line.startswith("Request Method:") and _METHOD.match(line) is not None


def _read(record: Record, source: Source) -> LogRow | None:
    text = text_of(record)
    method, url, kind = _METHOD.search(text), _URL.search(text), _TYPE.search(text)
    if not (method and url and kind):
        raise Unreadable("not a page of Django's")
    value = _VALUE.search(text)
    message = value["value"].strip() if value else ""
    target = _target(url["url"])
    keys, values = attributes([("url.query", query_of(target))])
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=0,
        observed_time=source.read_at_ns,
        severity_number=ERROR,
        service_name=FORMAT.service_name,
        body=f"{kind['type']} at {path_of(target)}",
        event_name="request.failed",
        format=FORMAT.name,
        http_request_method=method["method"],
        url_path=path_of(target),
        attr_keys=keys,
        attr_vals=values,
        exception_type=kind["type"],
        exception_message=message,
        stacktrace=_stack(text, f"{kind['type']}: {message}"),
    )


def _target(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


def _stack(text: str, raised: str) -> str:
    """Return the calls in the order and shape in which Python prints them, '' for none."""
    calls = [_call(found) for found in _CALL.finditer(text)]
    return "\n".join([_TRACEBACK, *calls, raised]) if calls else ""


def _call(found: re.Match[str]) -> str:
    line = found["line"] or found["below"] or 0
    place = f'  File "{found["file"]}", line {line}, in {found["function"].strip()}'
    return f"{place}\n    {found['code']}" if found["code"] else place


FORMAT = Format(
    name="django_page",
    service_name="",
    recognises=_recognises,
    read=_read,
    begins=_opens,
    opens=_opens,
)
