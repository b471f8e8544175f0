"""Read what people write for "since": a duration back from now, or a point in time."""

import re
from datetime import UTC, datetime, timedelta

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d|w)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: The largest number of all is DuckDB's infinity, which `make_timestamp_ns` refuses.
_LAST_NS = 2**63 - 2


class NotATime(ValueError):
    """The text is neither a duration nor a time."""


def since_ns(since: str | datetime | timedelta | None, now: datetime | None = None) -> int:
    """Return the point in time that `since` means; 0 for None or '', which is all time.

    `15m`, `1h`, `2d`, `1w`, `90s` count back from now; else an ISO date or time, in UTC where it has no zone.
    Units: nanoseconds since 1970. Errors: NotATime.
    """
    if not since:
        return 0
    try:
        moment = _parse(since.strip()) if isinstance(since, str) else since
        if isinstance(moment, timedelta):
            moment = (now or datetime.now(UTC)) - moment
    except (ValueError, OverflowError) as error:
        raise NotATime(f"{since!r} is no time; write 15m, 1h, 2d, or 2026-11-22T10:00:00Z") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    # Whole microseconds: floating point would lose the last digits.
    return min(max((moment - _EPOCH) // timedelta(microseconds=1) * 1000, 0), _LAST_NS)


def _parse(text: str) -> datetime | timedelta:
    found = _DURATION.fullmatch(text)
    if found:
        return timedelta(**{_UNITS[found[2]]: float(found[1])})
    return datetime.fromisoformat(text)
