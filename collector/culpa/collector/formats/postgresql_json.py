"""PostgreSQL's jsonlog (version 15 and later): the best of its formats to read."""

from culpa.collector.formats._extent import text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._postgresql import IDLE_TALK, Entry, row_of
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._times import time_ns
from culpa.collector.formats._values import json_object, process_id, text
from culpa.collector.formats._zones import zone_of
from culpa.instrumentation.patterns import late_pattern

_TIME = late_pattern(
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(?P<part>\d{1,6}))?"
    r"(?: (?P<zone>[A-Z]{1,5}|[+-]\d\d(?::?\d\d)?))?"
)
_IDLE_TALK = late_pattern(
    r'"error_severity":"LOG",(?:"state_code":"00000",)?(?:"query_id":\d+,)?"message":"' + IDLE_TALK
)
_OURS = {"error_severity", "timestamp", "pid"}


def _is_ours(line: str) -> bool:
    if '"error_severity"' not in line:
        return False
    try:
        return json_object(line).keys() >= _OURS
    except Unreadable:
        return False


def _read(record: Record, source: Source) -> LogRow | None:
    if "traceparent" not in record.text and _IDLE_TALK.search(text_of(record)):
        return None
    line = json_object(record.text)
    severity, when = text(line.get("error_severity")), _TIME.match(text(line.get("timestamp")))
    if not severity or not when:
        raise Unreadable("no severity or no time")
    entry = Entry(
        time_ns=time_ns(
            when["time"], "%Y-%m-%d %H:%M:%S", zone_of(when["zone"] or "", source.zone), when["part"] or ""
        ),
        severity=severity,
        message=text(line.get("message")),
        pid=process_id(line.get("pid")),
        session=text(line.get("session_id")),
        user=text(line.get("user")),
        database=text(line.get("dbname")),
        application=text(line.get("application_name")),
        client=text(line.get("remote_host")),
        client_port=text(line.get("remote_port")),
        code=text(line.get("state_code")),
        detail=text(line.get("detail")),
        hint=text(line.get("hint")),
        context=text(line.get("context")),
        statement=text(line.get("statement")) or text(line.get("internal_query")),
        backend=text(line.get("backend_type")),
    )
    return row_of(FORMAT.name, entry, record, source)


FORMAT = Format(name="postgresql_json", service_name="postgresql", read=_read, opens=_is_ours)
