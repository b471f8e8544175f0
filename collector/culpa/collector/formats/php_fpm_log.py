"""PHP-FPM's own log: workers that died, were too slow or too few, and what they printed.

In a container the access log and the workers' undecorated output stand between its lines; they are read too.
"""

import re
from collections.abc import Sequence

from culpa.collector.events import first_meaning
from culpa.collector.formats._extent import text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._levels import WARNING, severity_of
from culpa.collector.formats._php import PhpError, php_error
from culpa.collector.formats._php_fpm import FpmRequest, client_path, fpm_request, is_fpm_request, is_unimportant
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._times import time_ns
from culpa.collector.formats._values import attributes, path_of, process_id, query_of
from culpa.collector.formats.php_fpm_access import request_row
from culpa.instrumentation.patterns import late_pattern

_LINE = late_pattern(
    r"\[(?P<time>\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,9}))?\] "
    r"(?P<level>DEBUG|NOTICE|WARNING|ERROR|ALERT): (?:pid \d+, \w+\(\), line \d+: )?"
    r"(?:\[pool (?P<pool>[^\]]+)\] )?(?P<message>.*)",
    re.DOTALL,
)
_SAID = late_pattern(r"child (?P<pid>\d+) said into std(?:err|out): \"(?P<words>.*?)\"?(?:, pipe is closed)?$")
_SAYS = " said into std"
_FIRST_FAILURE = 500
#: How FPM passes on what `error_log` wrote; undecorated it begins a line.
_PHP_MESSAGE = late_pattern(r"(?:(?:NOTICE|WARNING|ERROR): )?PHP message: ")

#: Message and event, the first that matches; groups are facts.
_MEANINGS = tuple(
    (late_pattern(words), event)
    for words, event in (
        (r"child (?P<killed>\d+) exited on signal \d+ \((?P<signal>SIG\w+)", "worker.killed"),
        (r"child (?P<killed>\d+) exited with code (?P<code>[1-9]\d*)", "worker.exited"),
        (
            r"\Achild (?P<killed>(?P<pid>\d+)), .*execution timed out \((?P<seconds>\d{1,9}(?:\.\d{1,9})?) sec\)",
            "worker.timeout",
        ),
        (r"\Achild (?P<pid>\d+), .*executing too slow \((?P<seconds>\d{1,9}(?:\.\d{1,9})?) sec\)", "worker.slow"),
        (r"server reached (?:pm\.)?max_children setting", "workers.exhausted"),
        (r"fork\(\) failed: Cannot allocate memory", "memory.exhausted"),
        (r"fork\(\) failed: Resource temporarily unavailable", "workers.exhausted"),
        (
            r"unable to bind listening socket|An another FPM instance|FPM initialization failed"
            r"|failed to open error_log|Unable to create or open slowlog|cannot get [ug]id for "
            r"|failed to (?:post process the|load) configuration",
            "process.boot_failed",
        ),
        (r"fpm is running, pid (?P<pid>\d+)", "server.started"),
        (r"ready to handle connections", "server.ready"),
        (r"Reloading in progress|failed processes threshold", "server.reloaded"),
        (r"Terminating|Finishing|exiting, bye-bye", "server.shutdown"),
    )
)
_REQUEST = late_pattern(r"script '(?P<script>[^']*)' \(request: \"(?P<method>[A-Z]+) (?P<target>\S*)\"\)")


def _recognises(_file_name: str, lines: Sequence[str]) -> bool:
    return any(_LINE.match(line) or line.startswith("NOTICE: PHP message: ") for line in lines)


def _begins(line: str) -> bool:
    if line[:1] == "[":
        return _LINE.match(line) is not None
    return _PHP_MESSAGE.match(line) is not None or is_fpm_request(line)


def _continues(lines: Sequence[str], line: str) -> bool:
    """Say whether a worker goes on with what it printed: each line of it has a prefix of its own."""
    if _SAYS not in line or _SAYS not in lines[-1]:
        return False
    now, before = _LINE.match(line), _LINE.match(lines[-1])
    if not now or not before:
        return False
    said, earlier = _SAID.match(now["message"]), _SAID.match(before["message"])
    if not said or not earlier or said["pid"] != earlier["pid"]:
        return False
    return _PHP_MESSAGE.match(said["words"]) is None


def _read(record: Record, source: Source) -> LogRow | None:
    text = text_of(record)
    found = _LINE.match(text)
    if found:
        if _SAYS in text and _SAID.match(found["message"].split("\n")[0]):
            return _said(record, source)
        return _own(found, record, source)
    if is_unimportant(text):
        return None
    request = fpm_request(text, source.zone)
    if request:
        return request_row(request, FORMAT, record, source)
    if _PHP_MESSAGE.match(text):
        before = fpm_request(record.dated, source.zone) if record.dated else None
        at = _time_before(record, source, before)
        return _worker(record, source, at, 0, "", text, is_timed=False, before=before)
    raise Unreadable("not a line of PHP-FPM's log")


def _own(line: re.Match[str], record: Record, source: Source) -> LogRow | None:
    event, facts = first_meaning(_MEANINGS, line["message"])
    severity = severity_of(line["level"])
    if not event and severity < WARNING:
        return None
    request = _REQUEST.search(line["message"])
    target = request["target"] if request else ""
    keys, values = attributes(
        [
            ("php.pool", line["pool"]),
            ("process.killed.pid", facts.get("killed")),
            ("process.killed.signal", facts.get("signal")),
            ("process.exit_code", facts.get("code")),
            ("duration_ms", round(float(facts["seconds"]) * 1000, 3) if "seconds" in facts else ""),
            ("php.script_filename", request["script"] if request else ""),
            ("php.script_name", path_of(target)),
            ("url.query", query_of(target)),
        ]
    )
    at = _time(line, source)
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        severity_number=severity,
        severity_text=line["level"],
        service_name=FORMAT.service_name,
        body=line["message"],
        event_name=event,
        format=FORMAT.name,
        process_pid=process_id(facts.get("pid", "")),
        http_request_method=request["method"] if request else "",
        url_path=client_path(path_of(target)),
        attr_keys=keys,
        attr_vals=values,
    )


def _said(record: Record, source: Source) -> LogRow | None:
    words: list[str] = []
    pid, pool, at = 0, "", 0
    for text in text_of(record).split("\n"):
        line = _LINE.match(text)
        said = _SAID.match(line["message"]) if line else None
        words.append(said["words"] if said else text)
        if line and said and not at:
            pid, pool, at = process_id(said["pid"]), line["pool"] or "", _time(line, source)
    return _worker(record, source, at, pid, pool, "\n".join(words))


def _time_before(record: Record, source: Source, before: FpmRequest | None) -> int:
    dated = _LINE.match(record.dated)
    if dated:
        return _time(dated, source)
    return before.time_ns if before else 0


def _is_answered_well(before: FpmRequest | None, error: PhpError) -> bool:
    """Say whether the script answered well although it ended, as with `display_errors`: the line before tells it."""
    if before is None or before.status >= _FIRST_FAILURE or not before.script:
        return False
    return error.file.endswith(before.script)


def _worker(
    record: Record,
    source: Source,
    at: int,
    pid: int,
    pool: str,
    text: str,
    *,
    is_timed: bool = True,
    before: FpmRequest | None = None,
) -> LogRow | None:
    """Return the row of what a worker printed, None for notices of PHP.

    `before` is the request that the line before tells.
    """
    error: PhpError = php_error(_PHP_MESSAGE.sub("", text, count=1))
    if error.level and error.severity < WARNING:
        return None
    keys, values = attributes(
        [
            ("php.pool", pool),
            ("code.file.path", error.file),
            ("code.line.number", error.line),
            ("log.time_of_line_before", "" if is_timed or not at else "true"),
        ]
    )
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        severity_number=error.severity,
        severity_text=error.level,
        service_name=FORMAT.service_name,
        body=error.message,
        event_name=error.event
        or ("request.failed" if error.has_ended and not _is_answered_well(before, error) else ""),
        format=FORMAT.name,
        process_pid=pid,
        attr_keys=keys,
        attr_vals=values,
        exception_type=error.type,
        exception_message=error.exception_message,
        stacktrace=error.stacktrace,
    )


def _time(line: re.Match[str], source: Source) -> int:
    return time_ns(line["time"], "%d-%b-%Y %H:%M:%S", source.zone, line["fraction"] or "")


def _dates(line: str) -> bool:
    return is_fpm_request(line) or _opens(line)


def _opens(line: str) -> bool:
    return line[:1] == "[" and _LINE.match(line) is not None


FORMAT = Format(
    name="php_fpm_log",
    service_name="php-fpm",
    recognises=_recognises,
    read=_read,
    begins=_begins,
    continues=_continues,
    dates=_dates,
    opens=_opens,
    is_local=True,
)
