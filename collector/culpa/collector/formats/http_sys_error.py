"""What Windows' http.sys logs of requests that it answered itself, before or instead of an app pool: HTTPERR.

Source: Microsoft Learn, `Error logging in HTTP APIs` (2025).
"""

from datetime import UTC

from culpa.collector.formats._extent import text_of
from culpa.collector.formats._format import Format, Record, Row, Source, Unreadable
from culpa.collector.formats._gateway import Exchange, gateway_row
from culpa.collector.formats._iso_times import iso_ns
from culpa.collector.formats._values import count, text
from culpa.instrumentation.patterns import late_pattern

_HEADER = "#Fields: "
#: A file that was cut has no header.
_USUAL = "date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status s-siteid s-reason s-queuename"
_LINE = late_pattern(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S{3,45} \d{1,5} \S{3,45} \d{1,5} HTTP/[\d.]{1,3} [A-Z]{3,20} \S{1,1000} "
    r"(?:- )?[45]\d\d (?:\d{1,12}|-) [A-Z]\w{1,60} \S{1,200}$"
)


def _opens(line: str) -> bool:
    return (line.startswith(_HEADER) and "s-reason" in line) or _LINE.match(line.rstrip()) is not None


def _dates(line: str) -> bool:
    return line.startswith(_HEADER)


def _read(record: Record, source: Source) -> Row | None:
    line = text_of(record).rstrip()
    if line.startswith("#") or not line:
        return None
    values = line.split(" ")
    names = record.dated.removeprefix(_HEADER).split() or _USUAL.split()
    if len(values) != len(names):
        raise Unreadable("its fields are not those that the header names")
    fields = {name: text(value) for name, value in zip(names, values, strict=True)}
    status = count(fields.get("sc-status"), limit=999)
    if not status:
        return None  # a connection that nobody used, or that broke: no answer was sent
    exchange = Exchange(
        status=status,
        ended_ns=iso_ns(f"{fields.get('date', '')} {fields.get('time', '')}", UTC),
        method=fields.get("cs-method", ""),
        target=fields.get("cs-uri", ""),
        client=fields.get("c-ip", ""),
        reason=f"http.sys {fields.get('s-reason', '')}",
        extras=[("iis.app_pool", fields.get("s-queuename"))],
    )
    return gateway_row(FORMAT, exchange, record, source)


FORMAT = Format(name="http_sys_error", service_name="iis", read=_read, dates=_dates, opens=_opens)
