"""Request lines of Node's morgan in its formats `dev`, `tiny` and `short`, and of Next.js in development.

morgan's `common` and `combined` are a web server's.

Source: morgan 1.10, README `Predefined formats`.
"""

import re

from culpa.collector.events import METHODS
from culpa.collector.formats._colours import without_colours
from culpa.collector.formats._extent import SHORT_LINE, text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._own_requests import OwnRequest, failed_request_row
from culpa.collector.formats._rows import LogRow
from culpa.instrumentation.patterns import late_pattern

_METHOD = rf"(?P<method>{METHODS}) (?P<target>/\S*) "
_DEV = late_pattern(_METHOD + r"(?P<status>[1-5]\d\d) (?P<took>\d{1,9}\.\d{1,6}) ms - (?:\d+|-)")
_TINY = late_pattern(_METHOD + r"(?P<status>[1-5]\d\d) (?:\d+|-) - (?P<took>\d{1,9}\.\d{1,6}) ms")
#: Next.js: `GET /a 500 in 31ms (compile: 5ms, render: 26ms)`.
_NEXT = late_pattern(
    r" ?" + _METHOD + r"(?P<status>[1-5]\d\d) in (?P<took>\d{1,9}(?:\.\d{1,6})?)(?P<unit>ms|s)(?: \([^)\n]{0,200}\))?"
)
_SHORT = late_pattern(
    r"(?P<client>[0-9a-fA-F:.]{2,45}) \S{1,60} " + _METHOD + r"HTTP/[\d.]{1,3} (?P<status>[1-5]\d\d) (?:\d+|-) - "
    r"(?P<took>\d{1,9}\.\d{1,6}) ms"
)


def _found(line: str) -> re.Match[str] | None:
    words = without_colours(line)
    return next((found for one in (_DEV, _TINY, _SHORT, _NEXT) if (found := one.fullmatch(words.rstrip()))), None)


def _opens(line: str) -> bool:
    return ("ms" in line or " in " in line) and _found(line[:SHORT_LINE]) is not None


def _read(record: Record, source: Source) -> LogRow | None:
    found = _found(text_of(record)[:SHORT_LINE])
    if not found:
        raise Unreadable("not a line of morgan")
    client = found.groupdict().get("client") or ""
    took = float(found["took"]) * (1_000 if found.groupdict().get("unit") == "s" else 1)
    request = OwnRequest(found["method"], found["target"], int(found["status"]), client, took_ms=took)
    return failed_request_row(FORMAT, request, record, source)


FORMAT = Format(name="morgan_log", service_name="", read=_read, opens=_opens)
