"""Times as servers write them into their logs, to nanoseconds since 1970."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

from culpa.collector.formats._format import Source, Unreadable

#: Abbreviations that mean one offset wherever logs are written, in hours. The rest (IST, BST, CST of China)
#: mean several, so their times are read in the zone of the source.
_ABBREVIATIONS = {
    "UTC": 0, "GMT": 0, "Z": 0, "UCT": 0, "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3,
    "MSK": 3, "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "JST": 9,
    "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip

_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)?")
_NS = 1_000_000_000
_DAY_NS = 86_400 * _NS


def time_ns(written: str, pattern: str, zone: tzinfo | None, fraction: str = "") -> int:
    """Return a time of whole seconds in the pattern of `strptime`, and the digits behind the second's point.

    `zone` is None for this machine's. Errors: Unreadable if there is no such time.
    """
    digits = (fraction + "000000000")[:9] if fraction else "0"
    return _second(written, pattern, zone) * _NS + int(digits)


def zone_of(written: str, otherwise: tzinfo | None) -> tzinfo | None:
    """Return the zone that is written behind a time: an offset, or an abbreviation that has only one."""
    offset = _OFFSET.fullmatch(written)
    if offset:
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        return _fixed(minutes if offset[1] == "+" else -minutes)
    hours = _ABBREVIATIONS.get(written)
    return otherwise if hours is None else _fixed(hours * 60)


def year_of(month_and_day: str, pattern: str, source: Source) -> int:
    """Return the year of a date without one: the newest that is not after the reading, a day of slack."""
    latest_ns = (source.read_at_ns or int(datetime.now(UTC).timestamp()) * _NS) + _DAY_NS
    latest = datetime.fromtimestamp(latest_ns // _NS, UTC)
    try:
        # A leap year, or the 29th of February is no date.
        date = datetime.strptime(f"2024 {month_and_day}", f"%Y {pattern}")  # a date only
    except ValueError as error:
        raise Unreadable(f"no such date: {month_and_day}") from error
    return latest.year if (date.month, date.day) <= (latest.month, latest.day) else latest.year - 1


@lru_cache(maxsize=64)
def _second(written: str, pattern: str, zone: tzinfo | None) -> int:
    try:
        at = datetime.strptime(written, pattern).replace(tzinfo=zone)
        # Without a zone, timestamp() reads it as this machine's local time.
        return max(int(at.timestamp()), 0)
    except (ValueError, OverflowError, OSError) as error:
        raise Unreadable(f"no such time: {written}") from error


@lru_cache(maxsize=64)
def _fixed(minutes: int) -> tzinfo:
    if abs(minutes) >= 24 * 60:
        return UTC
    return timezone(timedelta(minutes=minutes))
