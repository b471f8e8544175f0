"""What Windows' http.sys logs of requests that it answered itself, before or instead of an app pool: HTTPERR.

Source: Microsoft Learn, `Error logging in HTTP APIs` (2025).
"""

from datetime import UTC

from culpa.collector.formats._extent import text_of
from culpa.collector.formats._format import Format, Record, Row, Source
from culpa.collector.formats._gateway import Exchange, gateway_row
from culpa.collector.formats._iso_times import iso_ns
from culpa.collector.formats._values import count
from culpa.collector.formats._w3c import is_header, named
from culpa.instrumentation.patterns import late_pattern

#: A file that was cut has no header.
_USUAL = "date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status s-siteid s-reason s-queuename"
_LINE = late_pattern(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S{3,45} \d{1,5} \S{3,45} \d{1,5} HTTP/[\d.]{1,3} [A-Z]{3,20} \S{1,1000} "
    r"(?:- )?[45]\d\d (?:\d{1,12}|-) [A-Z]\w{1,60} \S{1,200}$"
)


def _opens(line: str) -> bool:
    return (is_header(line) and "s-reason" in line) or _LINE.match(line.rstrip()) is not None


def _read(record: Record, source: Source) -> Row | None:
    line = text_of(record).rstrip()
    if line.startswith("#") or not line:
        return None
    fields = named(record, line.split(" "), lambda _count: _USUAL.split())
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


FORMAT = Format(name="http_sys_error", service_name="iis", read=_read, dates=is_header, opens=_opens)
