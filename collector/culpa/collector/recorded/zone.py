"""The zone of times that a file writes without one, where others of its times tell it.

A journal has the time of its machine and no zone; the access lines in it have the same time with an offset.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone, tzinfo

_CLOCK = rb"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:[.,]\d{1,9})?"
_OFFSET = re.compile(
    rb"(?:\d{4}-\d\d-\d\d[T ]|\d\d/[A-Z][a-z]{2}/\d{4}:)"
    + _CLOCK
    + rb" ?(?:(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d)(?!\d)|(?P<utc>Z))"
)
_BARE = re.compile(
    rb"(?:^|[\s\[|])(?:[A-Za-z]\S{2,5} [ \d]\d |\d{4}[-/]\d\d[-/]\d\d[T ])"
    + _CLOCK
    + rb"(?! ?[+-]\d\d|Z| UTC|[.,:\d])",
    re.MULTILINE,
)
#: A whole date and time of day at the begin of a line, or near it, without a zone.
_DATED = re.compile(
    rb"^[^\d\n]{0,40}(?P<day>\d{4}[-/]\d\d[-/]\d\d)[T ]"
    rb"(?P<clock>\d\d:\d\d:\d\d)(?:[.,]\d{1,9})?(?! ?[+-]\d\d|Z| UTC|[.,:\d])",
    re.MULTILINE,
)
#: From the first time to the last, without a zone.
Span = tuple[datetime, datetime]
#: Lines of the same moment are so near.
_NEAR_S = 5
_DAY_S = 86_400
#: A file's beginning tells it, or nothing does.
_LOOKED_AT = 65_536


def zone_told(head: bytes) -> tzinfo | None:
    """Return the one zone that a file's first times bear, if times without one stand beside them at the same hour."""
    shown = head[:_LOOKED_AT]
    offsets: set[int] = set()
    clocks: set[int] = set()
    for found in _OFFSET.finditer(shown):
        minutes = 0 if found["utc"] else int(found["hours"]) * 60 + int(found["minutes"])
        offsets.add(-minutes if found["sign"] == b"-" else minutes)
        clocks.add(_seconds(found))
    if len(offsets) != 1 or offsets == {0}:
        return None
    for found in _BARE.finditer(shown):
        at = _seconds(found)
        if any((at + more) % _DAY_S in clocks for more in range(-_NEAR_S, _NEAR_S + 1)):
            return timezone(timedelta(minutes=offsets.pop()))
    return None


def bare_times(head: bytes) -> Span | None:
    """Return the first and last of the times without a zone at the begin of a file's lines, None if there is none."""
    shown = head[:_LOOKED_AT]
    return span_of(
        f"{found['day'].decode().replace('/', '-')} {found['clock'].decode()}" for found in _DATED.finditer(shown)
    )


def span_of(written: Iterable[str]) -> Span | None:
    """Return the first and last of times as access logs or ISO 8601 write them; None if there is none."""
    times = [time for text in written if (time := _time(text))]
    return (min(times), max(times)) if times else None


def _time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S" if text[4:5] == "-" else "%d/%b/%Y:%H:%M:%S")
    except ValueError:
        return None


def _seconds(found: re.Match[bytes]) -> int:
    return int(found["hour"]) * 3_600 + int(found["minute"]) * 60 + int(found["second"])
