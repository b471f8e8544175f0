"""Which time the path of a file or folder may hold, where it tells: a hint, by which much need not be looked at.

Known are `date=2026-12-01` (also dt, day), `year=2026/month=12/day=01/hour=04`, and `2026/12/01/04`.
"""

import re
from datetime import UTC, datetime, timedelta

#: Other tools cut by the time at which something was written, or by a zone's days.
_SLACK = timedelta(days=1)
_DATE = re.compile(r"(?:date|dt|day|d)=(\d{4})-(\d\d)-(\d\d)")
_PART = re.compile(r"(?:(year|month|day|hour)=)?(\d{1,4})")
#: What our own files are named after: their first and last second within their day, in UTC.
_OURS = re.compile(r"date=(\d{4})-(\d\d)-(\d\d)/culpa-(\d\d)(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-[0-9a-f]{16}\.parquet")
_UNITS = (timedelta(days=366), timedelta(days=31), timedelta(days=1), timedelta(hours=1))


def may_hold(path: str, since_ns: int, until_ns: int) -> bool:
    """Say whether what lies at a path may be of a time, ns since 1970; true of a path that says nothing of it."""
    try:
        held = _of_ours(path) or _of_others(path)
    except ValueError:
        return True  # of a day that is none
    if held is None:
        return True
    first, last = held
    return _ns(first) < until_ns and _ns(last) > since_ns


def _of_ours(path: str) -> tuple[datetime, datetime] | None:
    found = _OURS.search(path)
    if not found:
        return None
    year, month, day, *clocks = map(int, found.groups())
    return _time(year, month, day, *clocks[:3]), _time(year, month, day, *clocks[3:]) + timedelta(seconds=1)


def _of_others(path: str) -> tuple[datetime, datetime] | None:
    if found := _DATE.search(path):
        begin = _time(*map(int, found.groups()))
        return begin - _SLACK, begin + timedelta(days=1) + _SLACK
    numbers = _numbers(path)
    if not numbers:
        return None
    begin = _time(*numbers)
    return begin - _SLACK, begin + _UNITS[len(numbers) - 1] + _SLACK


def _numbers(path: str) -> list[int]:
    """Return year, month, day and hour, as many as follow each other in a path."""
    numbers: list[int] = []
    names = ("year", "month", "day", "hour")
    for part in path.split("/"):
        found = _PART.fullmatch(part)
        name, digits = found.groups() if found else ("", "")
        is_next = found and len(numbers) < len(names) and name in (None, names[len(numbers)])
        if is_next and (numbers or len(digits) == 4):
            numbers.append(int(digits))
        elif numbers:
            break
    return numbers


def _time(year: int, month: int = 1, day: int = 1, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def _ns(time: datetime) -> int:
    return int(time.timestamp()) * 1_000_000_000
