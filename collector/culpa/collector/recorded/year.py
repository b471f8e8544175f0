"""The year of dates that a file writes without one, where others of its dates tell it.

A journal drops the year; the access lines and stamps of the programs in it have one.
"""

import re
import time
from datetime import UTC, datetime

#: Dates with a time of day: that of a release or a copyright has none.
_DATES = {
    "%Y-%m-%d": re.compile(rb"(?<!\d)(\d{4}-\d\d-\d\d)[T ]\d\d:\d\d:\d\d"),
    "%Y/%m/%d": re.compile(rb"(?<!\d)(\d{4}/\d\d/\d\d)[T ]\d\d:\d\d:\d\d"),
    "%d/%b/%Y": re.compile(rb"(?<!\d)(\d\d/[A-Z][a-z]{2}/\d{4})[: ]\d\d:\d\d:\d\d"),
}
_SECONDS = re.compile(rb'"(?:ts|time|timestamp|level_ts)":"?(\d{10})(?!\d)')
_DAY_S = 86_400
_NS = 1_000_000_000


def newest_told(head: bytes) -> int:
    """Return the newest day that a file's first lines name with its year, in nanoseconds since 1970; 0 for none.

    What lies more than a day ahead of now is no day of a log's: a certificate expires then, or a cookie.
    """
    days = {day for form, begins in _DATES.items() for text in set(begins.findall(head)) if (day := _day(text, form))}
    days |= {int(text) for text in _SECONDS.findall(head)}
    return max((day for day in days if day <= time.time() + _DAY_S), default=0) * _NS


def _day(text: bytes, form: str) -> int:
    try:
        return int(datetime.strptime(text.decode(), form).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return 0
