"""Request lines of Go's gin.

Source: gin 1.10 `logger.go`, `defaultLogFormatter`.
"""

import re

import msgspec

from culpa.collector.formats._colours import without_colours
from culpa.collector.formats._extent import SHORT_LINE, text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._own_requests import OwnRequest, failed_request_row
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._times import time_ns
from culpa.instrumentation.patterns import late_pattern

_LINE = late_pattern(
    r"\[GIN\] (?P<time>\d{4}/\d\d/\d\d - \d\d:\d\d:\d\d) \| {1,3}(?P<status>[1-5]\d\d) {0,3}\| {0,20}"
    r"(?P<took>[\dhmsnµu.]{2,30}) {0,20}\| {0,45}"
    r"(?P<client>\S{0,45}) {0,20}\| {0,3}(?P<method>[A-Z]{3,10}) {1,10}\"(?P<target>[^\"]*)\""
)
#: What the handler added to the request's errors stands below its line.
_ERROR = late_pattern(r"Error #\d\d: (?P<words>.{1,2000})")
#: Somebody did not answer, or nobody waited: of whom it was to come this tells nothing.
_TELLS_NOTHING = late_pattern(r"context (?:deadline exceeded|canceled)$")
_PART = late_pattern(r"(\d{1,9}(?:\.\d{1,12})?)(h|ms|µs|us|ns|m|s)")
_MS = {"h": 3_600_000.0, "m": 60_000.0, "s": 1_000.0, "ms": 1.0, "µs": 0.001, "us": 0.001, "ns": 0.000_001}


def _found(line: str) -> re.Match[str] | None:
    return _LINE.match(without_colours(line))


def _opens(line: str) -> bool:
    return line.startswith("[GIN] ") and _found(line[:SHORT_LINE]) is not None


def _read(record: Record, source: Source) -> LogRow | None:
    found = _found(text_of(record)[:SHORT_LINE])
    if not found:
        raise Unreadable("not a request line of gin")
    request = OwnRequest(
        found["method"],
        found["target"],
        int(found["status"]),
        found["client"],
        # The time is that of the end.
        time_ns(found["time"], "%Y/%m/%d - %H:%M:%S", source.zone),
        sum(float(amount) * _MS[unit] for amount, unit in _PART.findall(found["took"])),
    )
    row = failed_request_row(FORMAT, request, record, source)
    error = _ERROR.search(record.text)
    if row is None or error is None or _TELLS_NOTHING.match(error["words"]):
        return row
    return msgspec.structs.replace(row, exception_message=error["words"])


FORMAT = Format(
    name="gin_log",
    service_name="",
    read=_read,
    begins=lambda _line: True,
    continues=lambda _lines, line: _ERROR.match(line) is not None,
    opens=_opens,
)
