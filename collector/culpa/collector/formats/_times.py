"""Times as servers write them into their logs, to nanoseconds since 1970."""

from datetime import datetime, tzinfo
from functools import lru_cache

from culpa.collector.formats._format import Unreadable

_NS = 1_000_000_000


def time_ns(written: str, pattern: str, zone: tzinfo | None, fraction: str = "") -> int:
    """Return a time of whole seconds in the pattern of `strptime`, and the digits behind the second's point.

    `zone` is None for this machine's. Errors: Unreadable if there is no such time.
    """
    digits = (fraction + "000000000")[:9] if fraction else "0"
    return _second(written, pattern, zone) * _NS + int(digits)


@lru_cache(maxsize=64)
def _second(written: str, pattern: str, zone: tzinfo | None) -> int:
    try:
        at = datetime.strptime(written, pattern).replace(tzinfo=zone)
        # Without a zone, timestamp() reads it as this machine's local time.
        return max(int(at.timestamp()), 0)
    except (ValueError, OverflowError, OSError) as error:
        raise Unreadable(f"no such time: {written}") from error
