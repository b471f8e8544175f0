"""The errors that statements end in, as MariaDB's plugin `sql_errlog` writes them; no other log has them."""

import re
from collections.abc import Sequence

from culpa.collector.formats._extent import text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._mariadb import ACCOUNT, OF_CODE
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._times import time_ns
from culpa.collector.formats._trace_comment import trace_in
from culpa.collector.formats._values import attributes
from culpa.instrumentation.patterns import late_pattern

_RECORD = late_pattern(
    r"(?P<date>\d{4}-\d\d-\d\d) +(?P<time>\d{1,2}:\d\d:\d\d) (?:(?P<thread>\d+) )?"
    + ACCOUNT
    + r" (?:`?(?P<db>[^`\s]*)`? )?(?P<level>ERROR|WARNING|NOTE) (?P<code>\d{1,5}): (?P<rest>.*)",
    re.DOTALL,
)
_LEVEL = {"ERROR": 17, "WARNING": 13, "NOTE": 9}


def _recognises(_file_name: str, lines: Sequence[str]) -> bool:
    return any(map(_begins, lines))


def _begins(line: str) -> bool:
    return _RECORD.match(line) is not None


def _read(record: Record, source: Source) -> LogRow | None:
    found = _RECORD.fullmatch(text_of(record))
    if not found:
        raise Unreadable("not a record of sql_errlog")
    message, _, statement = found["rest"].partition(" : ")
    trace, span = trace_in(statement)
    severity = _LEVEL[found["level"]]
    if severity < 13 and not trace:
        return None
    keys, values = attributes(
        [
            ("db.namespace", "" if found["db"] in (None, "NULL") else found["db"]),
            ("db.user", found["user"] or found["priv"]),
            ("client.address", found["address"] or found["host"]),
            ("db.query.text", "" if statement == "(null)" else statement),
        ]
    )
    at = time_ns(f"{found['date']} {found['time'].rjust(8, '0')}", "%Y-%m-%d %H:%M:%S", source.zone)
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        trace_id=trace,
        span_id=span,
        severity_number=severity,
        severity_text=found["level"],
        service_name=FORMAT.service_name,
        body=message,
        event_name=OF_CODE.get(found["code"], "query.failed" if severity >= 17 else ""),
        format=FORMAT.name,
        connection_id=found["thread"] or "",
        error_code=found["code"],
        attr_keys=keys,
        attr_vals=values,
    )


FORMAT = Format(name="mariadb_sql_errlog", service_name="mariadb", recognises=_recognises, read=_read, begins=_begins)
