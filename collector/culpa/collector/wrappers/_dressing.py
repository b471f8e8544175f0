"""Give a row what only the wrapper of its line told: when, who, where."""

import msgspec

from culpa.collector.formats import BARE, LogRow, Row, Source, Unreadable, Wrapping, iso_ns, year_of, zone_of
from culpa.collector.formats import time_ns as time_by
from culpa.instrumentation.patterns import late_pattern

_SYSLOG = late_pattern(
    r"(?P<day>[A-Z][a-z]{2} [ \d]\d) (?P<year>\d{4} )?(?P<time>\d\d:\d\d:\d\d)(?:\.(?P<part>\d{1,9}))?"
)
#: `journalctl -o short-full`, `short-unix`; pm2, whose documented form has no seconds.
_FULL = late_pattern(r"(?:[A-Z][a-z]{2} )?(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})?) (?P<zone>[A-Z]{2,5})")
_SLASHED = late_pattern(r"^(\d{4})/(\d\d)/(\d\d)(?=[ T])")
_SECONDS = late_pattern(r"\d{10}\.\d{1,9}")
_EPOCH = late_pattern(r"\d{9,19}")
_NS_DIGITS = 19


def dressed(row: Row, wrapping: Wrapping, source: Source) -> Row:
    """Return the row with the wrapper's time, service, process and host where it has none of its own."""
    if wrapping is BARE:
        return row
    service = row.service_name or wrapping.service
    if not isinstance(row, LogRow):
        # An access line is written when its request has ended.
        time = row.start_time or max(time_of(wrapping.time, source) - row.duration_ns, 0)
        pid = row.process_pid or wrapping.pid
        return msgspec.structs.replace(row, start_time=time, service_name=service, process_pid=pid)
    time = row.time or time_of(wrapping.time, source)
    keys, values = row.attr_keys, row.attr_vals
    if wrapping.host and "host.name" not in keys:
        keys, values = [*keys, "host.name"], [*values, wrapping.host]
    return msgspec.structs.replace(
        row,
        time=time,
        observed_time=row.observed_time or time,
        service_name=service,
        process_pid=row.process_pid or wrapping.pid,
        attr_keys=keys,
        attr_vals=values,
    )


def time_of(written: str, source: Source) -> int:
    """Return a wrapper's time in nanoseconds since 1970; 0 for none, or one that cannot be read."""
    try:
        if _EPOCH.fullmatch(written):
            # Seconds, milliseconds, microseconds or nanoseconds: of our days they have 10, 13, 16 or 19 digits.
            return int(written + "0" * (max(_NS_DIGITS - len(written), 0) // 3 * 3))
        if _SECONDS.fullmatch(written):
            return int(written.replace(".", "").ljust(_NS_DIGITS, "0"))
        if found := _FULL.fullmatch(written):
            return iso_ns(found["time"], zone_of(found["zone"], source.zone))
        if found := _SYSLOG.fullmatch(written):
            year = found["year"] or year_of(found["day"], source)
            return time_by(
                f"{int(year)} {found['day']} {found['time']}", "%Y %b %d %H:%M:%S", source.zone, found["part"] or ""
            )
        return iso_ns(_SLASHED.sub(r"\1-\2-\3", written).replace(",", "."), source.zone) if written else 0
    except Unreadable:
        return 0
