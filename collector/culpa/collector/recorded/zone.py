"""The zone and day of times that a file writes without one, where others tell it.

A journal has the time of its machine and no zone; the access lines in it have the same time with an offset.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

_CLOCK = rb"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:[.,]\d{1,9})?"
_OFFSET = re.compile(
    rb"(?:\d{4}-\d\d-\d\d[T ]|\d\d/[A-Z][a-z]{2}/\d{4}:)"
    + _CLOCK
    + rb" ?(?:(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d)(?!\d)|(?P<utc>Z))"
)
_BARE = re.compile(
    rb"(?:^|[\s\[|])(?:[A-Za-z]\S{2,5} [ \d]\d |\d{4}[-/]\d\d[-/]\d\d[T ]|\d\d[-/][A-Z][a-z]{2}[-/]\d{4} )"
    + _CLOCK
    + rb"(?! ?[+-]\d\d|Z| UTC|[.,:\d])",
    re.MULTILINE,
)
#: Lines of the same moment are so near.
_NEAR_S = 5
_DAY_S = 86_400


def zone_told(head: bytes) -> tzinfo | None:
    """Return the one zone that a file's first times bear, if times without one stand beside them at the same hour."""
    offsets: set[int] = set()
    clocks: set[int] = set()
    for found in _OFFSET.finditer(head):
        minutes = 0 if found["utc"] else int(found["hours"]) * 60 + int(found["minutes"])
        offsets.add(-minutes if found["sign"] == b"-" else minutes)
        clocks.add(_seconds(found))
    if len(offsets) != 1 or offsets == {0}:
        return None
    for found in _BARE.finditer(head):
        at = _seconds(found)
        if any((at + more) % _DAY_S in clocks for more in range(-_NEAR_S, _NEAR_S + 1)):
            return timezone(timedelta(minutes=offsets.pop()))
    return None


def bears_zone(head: bytes) -> bool:
    """Say whether a time of a file's begin bears its zone."""
    return _OFFSET.search(head) is not None


def day_of(oldest_ns: int, newest_ns: int, zone: tzinfo | None) -> int:
    """Return the midnight before two times, in ns since 1970, if both are of the same day in the zone; else 0."""
    if not oldest_ns:
        return 0
    oldest, newest = (
        datetime.fromtimestamp(at // 1_000_000_000, UTC).astimezone(zone) for at in (oldest_ns, newest_ns)
    )
    if oldest.date() != newest.date():
        return 0
    return int(newest.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()) * 1_000_000_000


def _seconds(found: re.Match[bytes]) -> int:
    return int(found["hour"]) * 3_600 + int(found["minute"]) * 60 + int(found["second"])
