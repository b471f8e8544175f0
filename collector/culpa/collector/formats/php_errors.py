"""The file that PHP's `error_log` setting names: PHP's errors, and what apps write with `error_log()`."""

import re
from datetime import tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from culpa.collector.formats._extent import text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._levels import WARNING
from culpa.collector.formats._php import php_error, that_gives_up
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._times import time_ns
from culpa.collector.formats._values import attributes
from culpa.collector.formats._zones import zone_of
from culpa.instrumentation.patterns import late_pattern

#: PHP names the zone: `UTC`, `Europe/Vienna`, `+02:00`.
_HEAD = late_pattern(
    r"\[(?P<time>\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d) "
    r"(?P<zone>[A-Za-z][\w+/-]*|[+-]\d\d:?\d\d)\] (?P<words>.*)",
    re.DOTALL,
)


#: Scripts that are run by hand or by the clock, not for a request.
_OF_A_SHELL = late_pattern(
    r"(?:^|[/(])(?:artisan|wp-cli|drush|occ|cron(?:\.php)?|console|phpunit|composer)\b|phar://|\bcli\b"
)


def is_of_a_shell(words: str) -> bool:
    """Say whether an error names a script that is run by hand or by the clock."""
    return _OF_A_SHELL.search(words) is not None


def _begins(line: str) -> bool:
    return line.startswith("[") and _HEAD.match(line) is not None


def _read(record: Record, source: Source) -> LogRow | None:
    head = _HEAD.match(text_of(record))
    if not head:
        raise Unreadable("not a line of PHP's error log")
    error = that_gives_up(php_error(head["words"]))
    if error.level and error.severity < WARNING:
        return None
    has_failed = error.has_ended and not is_of_a_shell(head["words"])
    keys, values = attributes([("code.file.path", error.file), ("code.line.number", error.line)])
    at = time_ns(head["time"], "%d-%b-%Y %H:%M:%S", _zone(head["zone"], source.zone))
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        severity_number=error.severity,
        severity_text=error.level,
        service_name=FORMAT.service_name,
        body=error.message,
        event_name=error.event or ("request.failed" if has_failed else ""),
        format=FORMAT.name,
        attr_keys=keys,
        attr_vals=values,
        exception_type=error.type,
        exception_message=error.exception_message,
        stacktrace=error.stacktrace,
    )


@lru_cache(maxsize=64)
def _zone(written: str, otherwise: tzinfo | None) -> tzinfo | None:
    if "/" not in written:
        return zone_of(written, otherwise)
    try:
        return ZoneInfo(written)
    except (KeyError, ValueError, OSError):
        return otherwise


FORMAT = Format(name="php_errors", service_name="php-fpm", read=_read, begins=_begins, opens=_begins)
