"""The log of Redis (and Valkey): process, role, time, level, words. Before 5 it told no year, before 3 no role."""

import re

from culpa.collector.formats._extent import text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._times import time_ns
from culpa.collector.formats._values import attributes
from culpa.collector.formats._zones import year_of
from culpa.instrumentation.patterns import late_pattern

_LINE = late_pattern(
    r"(?:(?P<pid>\d{1,10}):(?P<role>[MSCX])|\[(?P<old>\d{1,10})\]) "
    r"(?P<day>\d{1,2}) (?P<month>[A-Z][a-z]{2}) (?:(?P<year>\d{4}) )?(?P<clock>\d\d:\d\d:\d\d)(?:\.(?P<part>\d{3}))? "
    r"(?P<level>[.*#-]) (?P<message>.*)",
    re.DOTALL,
)
#: Redis has four levels; `#` is for all that an operator should see, start-up included.
_LEVELS = {".": ("debug", 5), "-": ("verbose", 7), "*": ("notice", 10), "#": ("warning", 13)}
_WARNING = 13

_EVENTS = (
    (late_pattern(r"[Rr]eady to accept connections"), "server.ready", 0),
    (late_pattern(r"(?:Redis|Valkey) is starting|Server started, Redis version"), "server.started", 9),
    (
        late_pattern(r"User requested shutdown|Received (?:SIGTERM|SIGINT) scheduling|is now ready to exit"),
        "server.shutdown",
        0,
    ),
    (
        late_pattern(
            r"BUG REPORT START|[Cc]rashed by signal:? ?(?P<signal>\d*)|ASSERTION FAILED|Guru Meditation|Panic:"
        ),
        "server.crashed",
        21,
    ),
    (
        late_pattern(r"[Oo]ut [Oo]f [Mm]emory|OOM |Cannot allocate memory"),
        "memory.exhausted",
        17,
    ),
    (late_pattern(r"No space left on device"), "disk.full", 17),
    (
        late_pattern(
            r"Background (?:saving|AOF rewrite) error|Error (?:opening|writing|trying to save)"
            r"|Failed opening the (?:temp )?RDB|Write error saving DB|Bad file format"
        ),
        "storage.failed",
        17,
    ),
    (late_pattern(r"accept: Too many open files"), "files.exhausted", 17),
    (late_pattern(r"max number of clients reached|Error accepting a client"), "workers.exhausted", 17),
    (
        late_pattern(
            r"Could not create server TCP|Failed listening on port|FATAL CONFIG FILE ERROR"
            r"|(?:Opening port \d+|Creating Server TCP listening socket [^:]{0,64}:\d+): bind: "
        ),
        "process.boot_failed",
        17,
    ),
    (late_pattern(r"Background saving terminated by signal (?P<signal>\d+)"), "storage.failed", 17),
    (
        late_pattern(r"Connection (?:with (?:master|replica|slave)|to MASTER).{0,100} lost|MASTER timeout"),
        "connection.lost",
        0,
    ),
    (late_pattern(r"scheduled to be closed ASAP"), "connection.lost", 0),
)  # fmt: skip
#: What every start prints at the level of warnings.
_BANNER = late_pattern(
    r"oO0OoO0OoO0Oo|(?:Redis|Valkey) version=|Configuration loaded|Server initialized"
    r"|WARNING:? .*(?:overcommit|backlog|Transparent Huge|THP)|Warning: no config file"
)
#: The start of a crash report, which goes on for hundreds of lines.
_MAX_BODY = 4_000


def _begins(line: str) -> bool:
    return _LINE.match(line) is not None


def _read(record: Record, source: Source) -> LogRow | None:
    line = _LINE.match(text_of(record))
    if not line:
        raise Unreadable("not a line of Redis's log")
    message = line["message"]
    level, severity = _LEVELS[line["level"]]
    # Below the line stands what has no head of its own: a crash report begins under any line.
    event, least, facts = _event_of(message.partition("\n")[0])
    if not event and (severity < _WARNING or _BANNER.match(message)):
        return None
    keys, values = attributes(
        [("redis.role", line["role"]), ("process.killed.signal", facts.get("signal"))],
    )
    year = line["year"] or str(year_of(f"{line['month']} {line['day']}", source))
    at = time_ns(
        f"{line['day']} {line['month']} {year} {line['clock']}", "%d %b %Y %H:%M:%S", source.zone, line["part"] or ""
    )
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        # `#` marks start and shutdown as well: those are no warnings.
        severity_number=max(severity, least) if least != 9 else 9,
        severity_text=level,
        service_name=FORMAT.service_name,
        body=message[:_MAX_BODY],
        event_name=event,
        format=FORMAT.name,
        process_pid=int(line["pid"] or line["old"]),
        attr_keys=keys,
        attr_vals=values,
    )


def _event_of(message: str) -> tuple[str, int, dict[str, str]]:
    """Return what a message means, the least severity of that, and what else it tells."""
    for words, event, severity in _EVENTS:
        found = words.search(message)
        if found:
            return event, severity, {key: value for key, value in found.groupdict().items() if value}
    return "", 0, {}


FORMAT = Format(name="redis_server", service_name="redis", read=_read, begins=_begins, opens=_begins)
