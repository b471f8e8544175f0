"""Times as ISO 8601 has them and as `logging` and gunicorn write them, as nanoseconds since 1970."""

from datetime import datetime, tzinfo
from functools import lru_cache

from culpa.collector.formats._format import Unreadable
from culpa.instrumentation.patterns import late_pattern

_SPACE_BEFORE_ZONE = late_pattern(r" (?=(?:[+-]\d\d:?\d\d|UTC|Z)$)")


@lru_cache(maxsize=256)
def iso_ns(written: str, zone: tzinfo | None) -> int:
    """Return a time like `2026-11-22 08:00:45 +0000`; one without a zone is in `zone`. Errors: Unreadable."""
    words = _SPACE_BEFORE_ZONE.sub("", written).replace("UTC", "Z")
    try:
        at = datetime.fromisoformat(words)
        # Without a zone, timestamp() reads it as this machine's local time.
        seconds = int((at if at.tzinfo else at.replace(tzinfo=zone)).replace(microsecond=0).timestamp())
    except (ValueError, OverflowError) as error:
        raise Unreadable(f"no such time: {written}") from error
    return max(seconds, 0) * 1_000_000_000 + at.microsecond * 1_000
