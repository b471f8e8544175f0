"""What `varnishlog` shows: a client's request to `access`, a fetch from a backend that failed to `logs`.

Source: Varnish Cache 7, vsl(7); `varnishlog -g session|request|vxid`.
"""

from collections.abc import Sequence

from culpa.collector.formats._extent import text_of
from culpa.collector.formats._format import Format, Record, Row, Source, Unreadable
from culpa.collector.formats._gateway import Exchange, gateway_row
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._levels import ERROR
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._values import attributes, count, path_of, query_of, seconds_ns
from culpa.instrumentation.patterns import late_pattern

_HEAD = late_pattern(r"\*{1,9} {1,6}<< {1,2}(?:BeReq|Request|Session) {1,6}>> {1,2}\d{1,20} *$")
#: Grouped transactions stand deeper.
_TAG = late_pattern(r"-{1,9} {1,6}(?P<tag>[A-Z][A-Za-z_]{2,24})(?: {1,20}(?P<value>.*))?$")
_FIRST = late_pattern(r"-{1,9} {1,6}Begin {1,20}(?:bereq|req|sess) \d")
_TIME = late_pattern(r"\w{1,20}: (?P<at>\d{10}\.\d{1,9}) (?P<since>\d{1,9}\.\d{1,9})")
_BACKEND = late_pattern(r"backend \S{1,200}?\((?P<place>[^\s()]{3,260})\)")


def _begins(line: str) -> bool:
    return _HEAD.match(line) is not None or _FIRST.match(line) is not None


def _continues(lines: Sequence[str], line: str) -> bool:
    """Keep a head and the first line below it together."""
    return len(lines) == 1 and bool(_HEAD.match(lines[0]) and _FIRST.match(line))


def _read(record: Record, source: Source) -> Row | None:
    told: dict[str, list[str]] = {}
    for line in text_of(record).split("\n"):
        if found := _TAG.match(line.rstrip()):
            told.setdefault(found["tag"], []).append((found["value"] or "").strip())
    if not told:
        raise Unreadable("no line of a transaction")
    times = [found for each in told.get("Timestamp", []) if (found := _TIME.match(each))]
    at = seconds_ns(times[-1]["at"], absent=0) if times else 0
    if "RespStatus" in told:
        took = seconds_ns(times[-1]["since"], absent=0) if times else 0
        exchange = Exchange(
            status=count(told["RespStatus"][-1], limit=999),
            ended_ns=at,
            duration_ns=took,
            method=_last(told, "ReqMethod"),
            # What the client asked for, before a rule wrote it anew.
            target=told.get("ReqURL", [""])[0],
            client=told.get("ReqStart", [""])[0].partition(" ")[0],
        )
        return gateway_row(FORMAT, exchange, record, source)
    why = _last(told, "FetchError")
    if not why:
        return None
    target, backend = _last(told, "BereqURL"), _BACKEND.search(why)
    status = count(_last(told, "BerespStatus"), limit=999) or 503
    keys, values = attributes([("http.response.status_code", str(status)), ("url.query", query_of(target))])
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        severity_number=ERROR,
        service_name=FORMAT.service_name,
        event_name="request.failed",
        body=why,
        format=FORMAT.name,
        http_request_method=_last(told, "BereqMethod"),
        url_path=path_of(target),
        upstream_address=backend["place"] if backend else "",
        attr_keys=keys,
        attr_vals=values,
    )


def _last(told: dict[str, list[str]], tag: str) -> str:
    return told.get(tag, [""])[-1]


FORMAT = Format(
    name="varnish_log",
    service_name="varnish",
    read=_read,
    begins=_begins,
    continues=_continues,
    opens=_begins,
)
