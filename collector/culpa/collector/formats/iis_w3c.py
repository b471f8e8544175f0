"""IIS's access log in the W3C extended format: fields as the header above the lines names them.

Source: Microsoft Learn, `W3C Extended Log File Format` and `HTTP status codes in IIS` (2025).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC

from culpa.collector.formats._extent import SHORT_LINE, text_of
from culpa.collector.formats._format import Format, Record, Row, Source, Unreadable
from culpa.collector.formats._gateway import Exchange, gateway_row, milliseconds_ns
from culpa.collector.formats._iso_times import iso_ns
from culpa.collector.formats._values import count
from culpa.collector.formats._w3c import is_header, named
from culpa.instrumentation.patterns import late_pattern

#: What is logged unless somebody chose otherwise; a file that was cut has no header.
_USUAL = (
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) "
    "sc-status sc-substatus sc-win32-status time-taken"
)
_LINE = late_pattern(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S+ [A-Z]{3,20} /\S* \S+ \d{1,5} "
    r"\S+ \S+ \S+ (?:\S+ )?[1-5]\d\d \d{1,3} \d{1,10} \d{1,12}"
)
_DATE = late_pattern(r"\d{4}-\d\d-\d\d")
_TIME = late_pattern(r"\d\d:\d\d:\d\d(?:\.\d{1,6})?")
_FIRST_FAILURE = 500
#: Windows' numbers for a client that is gone: network name deleted, operation aborted by it.
_CLIENT_LEFT = {"64", "1236"}


def _recognises(_file_name: str, lines: Sequence[str]) -> bool:
    return any(_opens(line[:SHORT_LINE]) for line in lines)


def _opens(line: str) -> bool:
    return _is_ours(line) or _LINE.fullmatch(line.rstrip()) is not None


def _is_ours(line: str) -> bool:
    return is_header(line) and "sc-status" in line and ("cs-uri-stem" in line or "cs-uri" in line)


def _read(record: Record, source: Source) -> Row | None:
    line = text_of(record).rstrip()
    if line.startswith("#") or not line:
        return None
    fields = named(record, line.split(" "), _usual)
    status = count(fields.get("sc-status"), limit=999)
    if not status:
        raise Unreadable("no status")
    duration = max(milliseconds_ns(fields.get("time-taken", "")), 0)
    query = fields.get("cs-uri-query", "")
    exchange = Exchange(
        status=status,
        ended_ns=_ended_ns(fields),
        duration_ns=duration,
        method=fields.get("cs-method", ""),
        target=fields.get("cs-uri-stem", "") + (f"?{query}" if query else ""),
        client=fields.get("c-ip", ""),
        host=fields.get("cs-host", "") or fields.get("s-computername", ""),
        bytes_sent=count(fields.get("sc-bytes")),
        reason=_reason(status, fields),
        has_client_left=status < _FIRST_FAILURE and fields.get("sc-win32-status") in _CLIENT_LEFT,
        extras=[
            ("user_agent.original", fields.get("cs(User-Agent)")),
            ("iis.site", fields.get("s-sitename")),
            ("iis.substatus", fields.get("sc-substatus")),
            ("iis.win32_status", fields.get("sc-win32-status")),
        ],
    )
    return gateway_row(FORMAT, exchange, record, source)


def _usual(count: int) -> Sequence[str]:
    """Return the names of so many fields: before IIS 8 no referrer was logged."""
    names = _USUAL.split()
    return names if count != len(names) - 1 else [name for name in names if name != "cs(Referer)"]


def _ended_ns(fields: Mapping[str, str]) -> int:
    """Return when the answer had left; IIS writes UTC."""
    date, time = fields.get("date", ""), fields.get("time", "")
    if not _DATE.fullmatch(date) or not _TIME.fullmatch(time):
        return 0
    return iso_ns(f"{date} {time}", UTC)


def _reason(status: int, fields: Mapping[str, str]) -> str:
    """Return status, substatus and Windows' error of a failure, as IIS's own documents write them."""
    sub, error = fields.get("sc-substatus", "0"), fields.get("sc-win32-status", "0")
    return f"IIS {status}.{sub} win32 {error}" if status >= _FIRST_FAILURE else ""


FORMAT = Format(
    name="iis_w3c",
    service_name="iis",
    recognises=_recognises,
    read=_read,
    dates=is_header,
    opens=_opens,
)
