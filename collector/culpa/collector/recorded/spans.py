"""From when until when access lines tell, beside which a log without a zone shows whose times it has.

A server's log and the access log beside it are of the same while. Where that is so only by the access lines' zone, the
log has it, too.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from culpa.collector.recorded.zone import bears_zone

_ACCESS = re.compile(rb"\[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\]")
_BARE = re.compile(
    rb"^[^\d\n]{0,40}(?:(?P<iso>\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d)"
    rb"|(?P<named>\d\d[-/][A-Z][a-z]{2}[-/]\d{4} \d\d:\d\d:\d\d))"
    rb"(?:[.,]\d{1,9})?(?! ?[+-]\d\d|Z| UTC|[.,:\d])",
    re.MULTILINE,
)


class Spans:
    """The whiles of the access lines of several files, in seconds since 1970."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._spans: list[tuple[int, int]] = []

    def look(self, head: bytes) -> None:
        """Take in the first access lines of a file."""
        found = (_second(one[1].decode(), "%d/%b/%Y:%H:%M:%S %z") for one in _ACCESS.finditer(head))
        if span := _span(found):
            self._spans.append(span)

    def zone_of(self, head: bytes, zone: tzinfo | None) -> tzinfo | None:
        """Return the access lines' zone if the times of a file's begin are of the same while by it alone, else None."""
        shift = zone.utcoffset(None) if isinstance(zone, timezone) else None
        if not shift or not self._spans or bears_zone(head):
            return None
        span = _span(_second(*_written(one)) for one in _BARE.finditer(head))
        if not span or self._meet(span, timedelta()) or not self._meet(span, shift):
            return None
        return zone

    def _meet(self, span: tuple[int, int], shift: timedelta) -> bool:
        first, last = (at - int(shift.total_seconds()) for at in span)
        return any(first <= end and begin <= last for begin, end in self._spans)


def _span(seconds: Iterable[int]) -> tuple[int, int] | None:
    known = [at for at in seconds if at]
    return (min(known), max(known)) if known else None


def _written(found: re.Match[bytes]) -> tuple[str, str]:
    """Return a time and the form that it is in."""
    if found["iso"]:
        return found["iso"].decode().replace("T", " ").replace("/", "-"), "%Y-%m-%d %H:%M:%S"
    return found["named"].decode().replace("/", "-"), "%d-%b-%Y %H:%M:%S"


def _second(written: str, form: str) -> int:
    """Return a time in seconds since 1970, as of UTC where it bears no zone; 0 for none that there is."""
    try:
        at = datetime.strptime(written, form)
    except ValueError:
        return 0
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
