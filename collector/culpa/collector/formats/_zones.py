"""What a log leaves to be known about its times: the zone behind an abbreviation, the year of a date."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

from culpa.collector.formats._format import Source, Unreadable
from culpa.instrumentation.patterns import late_pattern

#: Abbreviations that mean one offset wherever logs are written, in hours. Of the rest (IST, BST, CST of
#: China) each means several, so such times are read in the zone of the source.
_ABBREVIATIONS = {
    "UTC": 0, "GMT": 0, "Z": 0, "UCT": 0, "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3,
    "MSK": 3, "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "JST": 9,
    "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip

_OFFSET = late_pattern(r"([+-])(\d\d):?(\d\d)?")
_NS = 1_000_000_000
_HALF_A_YEAR = 183  # days


@lru_cache(maxsize=64)
def zone_of(written: str, otherwise: tzinfo | None) -> tzinfo | None:
    """Return the zone that is written behind a time: an offset, or an abbreviation that has only one."""
    offset = _OFFSET.fullmatch(written)
    if offset:
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        return _fixed(minutes if offset[1] == "+" else -minutes)
    hours = _ABBREVIATIONS.get(written)
    return otherwise if hours is None else _fixed(hours * 60)


def year_of(month_and_day: str, source: Source) -> int:
    """Return the year of a date like `Nov 22` or `1122`: the newest that is not after the reading, a day of slack.

    Of a recording, of which other files have years, it is the year in which the date is nearest to their newest time.
    Errors: Unreadable.
    """
    read_at_s = source.read_at_ns // _NS or int(datetime.now(UTC).timestamp())
    latest = datetime.fromtimestamp(read_at_s, UTC) + timedelta(days=1)
    try:
        # In a leap year, or the 29th of February is no date.
        date = datetime.strptime(f"2024 {month_and_day}", "%Y %m%d" if month_and_day.isdecimal() else "%Y %b %d")
    except ValueError as error:
        raise Unreadable(f"no such date: {month_and_day}") from error
    year = latest.year if (date.month, date.day) <= (latest.month, latest.day) else latest.year - 1
    return min(year, _nearest(date, source.newest_ns)) if source.newest_ns else year


def _nearest(date: datetime, newest_ns: int) -> int:
    """Return the year in which a date is nearest to a time."""
    newest = datetime.fromtimestamp(newest_ns // _NS, UTC)
    days = date.timetuple().tm_yday - newest.timetuple().tm_yday
    return newest.year + (days < -_HALF_A_YEAR) - (days > _HALF_A_YEAR)


def _fixed(minutes: int) -> tzinfo:
    return UTC if abs(minutes) >= 24 * 60 else timezone(timedelta(minutes=minutes))
