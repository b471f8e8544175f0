"""MariaDB's and MySQL's error log: lines with a time and a thread, and what is printed below them.

The dump of a deadlock is many such lines of one thread: it becomes one record, without the rows it prints.
"""

import re
from collections.abc import Sequence

from culpa.collector.formats._extent import text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._mariadb import deadlock_of, event_of, is_dump, is_dumped
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._times import time_ns
from culpa.collector.formats._values import attributes
from culpa.collector.formats._zones import zone_of
from culpa.instrumentation.patterns import late_pattern

_LINE = late_pattern(
    # Where a `T` stands in the time, MySQL tells the thread: without one it is the line of another.
    r"(?!\d{4}-\d\d-\d\dT\S{8,30} \[)"
    r"(?:(?P<date>\d{4}-\d\d-\d\d|\d{6})[ T]+(?P<time>\d{1,2}:\d\d:\d\d)(?:\.(?P<part>\d{1,6}))?"
    r"(?P<zone>Z|[+-]\d\d:\d\d)?) (?:(?P<thread>\d+) )?"
    r"\[(?P<level>Note|Warning|ERROR|System)\] (?:\[(?P<code>MY-\d{6})\] \[(?P<scope>\w+)\] )?"
    r"(?P<message>.*)",
    re.DOTALL,
)
#: MySQL and MariaDB write this one without a level when they die.
_SIGNAL = late_pattern(
    r"(?P<date>\d{6}|\d{4}-\d\d-\d\d)[ T]+(?P<time>\d{1,2}:\d\d:\d\d)\S*(?: UTC)? "
    r".{0,40}(?:\[ERROR\] )?.{0,60}got signal \d+"
)
_SEVERITY = {"Note": 9, "System": 9, "Warning": 13, "ERROR": 17}
_ABORTED = late_pattern(
    r"Aborted connection (?P<connection>\d+) to db: '(?P<db>[^']*)' user: '(?P<user>[^']*)' "
    r"host: '(?P<host>[^']*)'"
)
_DENIED = late_pattern(r"user '(?P<user>[^']*)'@'(?P<host>[^']*)'(?:.* to database '(?P<db>[^']*)')?")
_ERRNO = late_pattern(r"(?:errno: |\(Errcode: |error: )(\d{1,4})\b")
_WARNING = 13
#: Buffered at start-up by the option parser; says nothing of a failure.
_IDLE_TALK = ("Buffered warning:", "'user' entry '", "'proxies_priv' entry")


def _begins(line: str) -> bool:
    return _LINE.match(line) is not None or _SIGNAL.match(line) is not None


def _continues(lines: Sequence[str], line: str) -> bool:
    first = _LINE.match(lines[0])
    if not first or not is_dump(first["message"]) or is_dumped(lines):
        return False
    following = _LINE.match(line)
    return (
        following is not None
        and following["thread"] == first["thread"]
        and (following["scope"] == "InnoDB" or following["message"].startswith("InnoDB"))
    )


def _read(record: Record, source: Source) -> LogRow | None:
    line = _LINE.match(text_of(record))
    if not line:
        return _dying(record, source)
    level, message = line["level"], line["message"].rstrip()
    event, code, _ = event_of(message)
    severity = _SEVERITY[level]
    if (severity < _WARNING and not event) or message.startswith(_IDLE_TALK):
        return None
    dump = deadlock_of(message) if is_dump(message) else None
    peer = _ABORTED.search(message) or _DENIED.search(message)
    about = peer.groupdict() if peer else {}
    errno = _ERRNO.search(message)
    keys, values = attributes(
        [
            ("db.namespace", about.get("db")),
            ("db.user", about.get("user")),
            ("client.address", about.get("host")),
            ("db.query.text", dump.victim_statement if dump else ""),
            ("error.errno", errno[1] if errno else ""),
        ]
    )
    at = _time_ns(line, source)
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        trace_id=dump.trace_id if dump else "",
        span_id=dump.span_id if dump else "",
        severity_number=severity,
        severity_text=level,
        service_name=FORMAT.service_name,
        body=dump.body if dump else message,
        event_name=event,
        scope_name=line["scope"] or "",
        format=FORMAT.name,
        connection_id=(dump.victim_thread if dump else about.get("connection")) or line["thread"] or "",
        error_code=code or line["code"] or "",
        attr_keys=keys,
        attr_vals=values,
    )


def _dying(record: Record, source: Source) -> LogRow:
    line = _SIGNAL.match(text_of(record))
    if not line:
        raise Unreadable("not a line of MariaDB's error log")
    event, _, peer = event_of(text_of(record))
    keys, values = attributes([("process.killed.signal", peer.get("signal"))])
    at = _time_ns(line, source)
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        severity_number=21,
        severity_text="ERROR",
        service_name=FORMAT.service_name,
        body=record.text,
        event_name=event,
        format=FORMAT.name,
        attr_keys=keys,
        attr_vals=values,
    )


def _time_ns(line: re.Match[str], source: Source) -> int:
    date, time = line["date"], line["time"].rjust(8, "0")
    parts = line.groupdict()
    pattern = "%y%m%d %H:%M:%S" if len(date) == 6 else "%Y-%m-%d %H:%M:%S"
    return time_ns(f"{date} {time}", pattern, zone_of(parts.get("zone") or "", source.zone), parts.get("part") or "")


FORMAT = Format(
    name="mariadb_error",
    service_name="mariadb",
    read=_read,
    begins=_begins,
    continues=_continues,
    opens=_begins,
)
