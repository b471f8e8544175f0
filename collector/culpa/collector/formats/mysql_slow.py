"""The slow query log of MariaDB and MySQL. The time of a record is when the statement began."""

from collections.abc import Sequence

from culpa.collector.formats._extent import text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._mariadb import ACCOUNT
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._times import time_ns
from culpa.collector.formats._trace_comment import trace_in
from culpa.collector.formats._values import attributes, seconds_ns
from culpa.collector.formats._zones import zone_of
from culpa.instrumentation.patterns import late_pattern

_USER = late_pattern(r"(?m:^)# User@Host: " + ACCOUNT + r"(?:\s+Id:\s*(?P<id>\d+))?")
_TIME = late_pattern(
    r"# Time: (?P<date>\d{6}|\d{4}-\d\d-\d\d)[ T]+(?P<time>\d{1,2}:\d\d:\d\d)(?:\.(?P<part>\d{1,6}))?"
    r"(?P<zone>Z|[+-]\d\d:\d\d)?"
)
_THREAD = late_pattern(r"# Thread_id: (?P<id>\d+)\s+Schema: (?P<db>\S*)")
_TOOK = late_pattern(r"Query_time: (?P<took>[\d.]+)\s+Lock_time: (?P<locked>[\d.]+)")
_ROWS = late_pattern(r"Rows_sent: (?P<sent>\d+)\s+Rows_examined: (?P<examined>\d+)")
_STARTED = late_pattern(r"SET timestamp=(?P<seconds>\d{9,10})(?:\.\d+)?;")
_USE = late_pattern(r"use `?([^`;]+)`?;")
#: What the server writes at the head of the file and when it re-opens it.
_BANNER = late_pattern(r"\S+, Version: .* started with:|Tcp port: |Time\s+Id Command\s+Argument")


def _recognises(_file_name: str, lines: Sequence[str]) -> bool:
    return any(_USER.match(line) for line in lines) and any(line.startswith("# ") for line in lines)


def _begins(line: str) -> bool:
    return line.startswith(("# Time: ", "# User@Host: ")) or _BANNER.match(line) is not None


def _continues(lines: Sequence[str], line: str) -> bool:
    return line.startswith("# User@Host: ") and len(lines) == 1 and lines[0].startswith("# Time: ")


def _read(record: Record, source: Source) -> LogRow | None:
    if _BANNER.match(text_of(record)):
        return None
    head, statement, started, database = _parts(text_of(record))
    user, took = _USER.search(head), _TOOK.search(head)
    if not user or not took:
        raise Unreadable("not a record of the slow query log")
    thread, rows = _THREAD.search(head), _ROWS.search(head)
    trace, span = trace_in(statement)
    keys, values = attributes(
        [
            ("db.namespace", database or (thread["db"] if thread else "")),
            ("db.user", user["user"]),
            ("client.address", user["address"] or user["host"]),
            ("db.query.text", statement),
            ("duration_ms", f"{seconds_ns(took['took'], absent=0) / 1e6:g}"),
            ("mysql.lock_time_ms", f"{seconds_ns(took['locked'], absent=0) / 1e6:g}"),
            ("mysql.rows_examined", rows["examined"] if rows else ""),
        ]
    )
    at = started * 10**9 or _time_ns(head, source)
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        trace_id=trace,
        span_id=span,
        severity_number=13,
        service_name=FORMAT.service_name,
        body=f"slow query: {took['took']} s, {took['locked']} s of them waiting for locks",
        event_name="slow.query",
        format=FORMAT.name,
        connection_id=(thread["id"] if thread else user["id"]) or "",
        attr_keys=keys,
        attr_vals=values,
    )


def _parts(text: str) -> tuple[str, str, int, str]:
    """Return the comment lines, the statement, when it began, and the database that was chosen for it."""
    head: list[str] = []
    statement: list[str] = []
    started, database = 0, ""
    for line in text.split("\n"):
        began, chosen = _STARTED.fullmatch(line), _USE.fullmatch(line)
        if line.startswith("# ") and not statement:
            head.append(line)
        elif chosen and not started and not statement:
            database = chosen[1]
        elif began and not started and not statement:
            started = int(began["seconds"])
        elif line.strip():
            statement.append(line)
    return "\n".join(head), "\n".join(statement).rstrip(";"), started, database


def _time_ns(head: str, source: Source) -> int:
    found = _TIME.search(head)
    if not found:
        return source.read_at_ns
    pattern = "%y%m%d %H:%M:%S" if len(found["date"]) == 6 else "%Y-%m-%d %H:%M:%S"
    return time_ns(
        f"{found['date']} {found['time'].rjust(8, '0')}",
        pattern,
        zone_of(found["zone"] or "", source.zone),
        found["part"] or "",
    )


FORMAT = Format(
    name="mysql_slow",
    service_name="mariadb",
    recognises=_recognises,
    read=_read,
    begins=_begins,
    continues=_continues,
)
