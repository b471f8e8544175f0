"""The execution log of Amazon's API Gateway: all lines of a request together are one row of `access`.

As its console shows a test, and as CloudWatch keeps it, with the request's id before each line.
Source: API Gateway developer guide, `Set up CloudWatch logging` (2025).
"""

import re
from collections.abc import Sequence

from culpa.collector.formats._extent import text_of
from culpa.collector.formats._format import Format, Record, Source
from culpa.collector.formats._gateway import Exchange, gateway_row
from culpa.collector.formats._rows import AccessRow
from culpa.collector.formats._times import time_ns
from culpa.collector.formats._zones import zone_of
from culpa.instrumentation.patterns import late_pattern

_LINE = late_pattern(
    r"(?:(?P<day>[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (?P<zone>[A-Z]{3}) (?P<year>\d{4}) : "
    r"|(?:\d\d:\d\d:\d\d(?:\.\d{1,9})? )?\((?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\) )(?P<message>.*)"
)
_HEAD = late_pattern(r"Execution log for request \S{1,60}$")
_OURS = late_pattern(
    r"Starting execution for request: |HTTP Method: [A-Z]{3,10}, Resource Path: |Method (?:request|response|completed) "
    r"|Endpoint re|Execution failed due to |Verifying Usage Plan |API Key |Usage Plan check |Sending request to "
    r"|Received response\. |Lambda (?:invocation|execution) failed |Successfully completed execution"
)
_ASKED = late_pattern(r"HTTP Method: (?P<method>[A-Z]{3,10}), Resource Path: (?P<path>\S{1,2000})")
_DONE = "Method completed with status: "
_WHY = late_pattern(
    r"(?:Execution failed due to |Lambda (?:invocation|execution) failed |Endpoint request timed out)[^\n]{0,500}"
)


def _found(line: str) -> re.Match[str] | None:
    found = _LINE.match(line)
    return found if found and _OURS.match(found["message"]) else None


def _opens(line: str) -> bool:
    return _HEAD.match(line) is not None or _found(line) is not None


def _continues(lines: Sequence[str], line: str) -> bool:
    """Keep together the lines of one request."""
    last, found = _LINE.match(lines[-1]), _found(line)
    if found is None or _HEAD.match(line):
        return False
    return last is None or (last["id"] == found["id"] and not last["message"].startswith(_DONE))


def _read(record: Record, source: Source) -> AccessRow | None:
    lines = [found for line in text_of(record).split("\n") if (found := _LINE.match(line))]
    messages = "\n".join(line["message"] for line in lines)
    _, _, status = messages.partition(_DONE)
    if not status[:3].isdecimal():
        return None
    asked, why = _ASKED.search(messages), _WHY.search(messages)
    times = [
        time_ns(f"{line['day']} {line['year']}", "%a %b %d %H:%M:%S %Y", zone_of(line["zone"], source.zone))
        for line in lines
        if line["day"]
    ]
    exchange = Exchange(
        status=int(status[:3]),
        ended_ns=times[-1] if times else source.read_at_ns,
        duration_ns=times[-1] - times[0] if times else 0,
        method=asked["method"] if asked else "",
        target=asked["path"] if asked else "",
        request_id=lines[0]["id"] or "",
        reason=f"API Gateway {why[0]}" if why else "",
    )
    return gateway_row(FORMAT, exchange, record, source)


FORMAT = Format(
    name="api_gateway_log",
    service_name="api-gateway",
    read=_read,
    begins=_opens,
    continues=_continues,
    opens=_opens,
)
