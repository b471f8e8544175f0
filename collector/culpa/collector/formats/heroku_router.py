"""What Heroku's router prints of each request, with a code of its own where it answered itself.

Source: Heroku Dev Center, `HTTP routing` and `Error codes` (2025).
"""

from culpa.collector.formats._extent import SHORT_LINE, text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._gateway import CLIENT_LEFT, Exchange, gateway_row, milliseconds_ns
from culpa.collector.formats._iso_times import iso_ns
from culpa.collector.formats._rows import AccessRow
from culpa.collector.formats._values import count
from culpa.instrumentation.patterns import late_pattern

_PREFIX = r"(?:(?P<time>\d{4}-\d\d-\d\dT[\d:.]{8,20}(?:Z|[+-]\d\d:\d\d)) heroku\[router\]: )?"
_BEGINS = late_pattern(
    _PREFIX + r"(?:sock=\w{1,20} )?at=(?:info|error|warning) (?:code=[A-Z]\d\d desc=\"[^\"]*\" )?method=[A-Z]+ path="
)
_FIELD = late_pattern(r'(?<!\S)(?P<key>[a-z_]{2,20})=(?:"(?P<quoted>[^"]*)"|(?P<bare>\S*))')


def _opens(line: str) -> bool:
    return _BEGINS.match(line[:SHORT_LINE]) is not None


def _read(record: Record, source: Source) -> AccessRow:
    line = text_of(record)
    begins = _BEGINS.match(line)
    if not begins:
        raise Unreadable("not a line of Heroku's router")
    fields: dict[str, str] = {}
    for found in _FIELD.finditer(line[:SHORT_LINE]):
        fields.setdefault(found["key"], found["quoted"] if found["quoted"] is not None else found["bare"])
    status = count(fields.get("status"), limit=999)
    connect, service = (milliseconds_ns(fields.get(name, "").removesuffix("ms")) for name in ("connect", "service"))
    code, dyno = fields.get("code", ""), fields.get("dyno", "")
    exchange = Exchange(
        status=status,
        ended_ns=iso_ns(begins["time"], source.zone) if begins["time"] else source.read_at_ns,
        duration_ns=max(connect, 0) + max(service, 0),
        method=fields.get("method", ""),
        target=fields.get("path", ""),
        client=fields.get("fwd", "").partition(",")[0],
        host=fields.get("host", ""),
        scheme=fields.get("protocol", ""),
        upstream_status="" if code or not dyno else str(status),
        upstream_name=dyno,
        connect_ns=connect,
        header_ns=-1 if code else service,
        request_id=fields.get("request_id", ""),
        bytes_sent=count(fields.get("bytes")),
        reason=f"Heroku {code} {fields.get('desc', '')}" if code else "",
        has_client_left=status == CLIENT_LEFT or code in ("H27", "H28"),
        extras=[("heroku.dyno", dyno)],
    )
    return gateway_row(FORMAT, exchange, record, source)


FORMAT = Format(name="heroku_router", service_name="heroku", read=_read, opens=_opens)
