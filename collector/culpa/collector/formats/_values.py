"""What servers write for one value, read liberally: numbers as text, `-` for absent, lists of attempts."""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

import msgspec

from culpa.collector.formats._format import Unreadable
from culpa.instrumentation.patterns import late_pattern

_ATTEMPTS = late_pattern(r", | : ")
_ORIGIN = late_pattern(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_QUERY = late_pattern(r"[?#]")
_INT64 = 2**63 - 1
#: More would be more nanoseconds than a column holds.
MOST_MICROSECONDS = _INT64 // 1000
_NS = 1_000_000_000
#: More than any time in seconds has.
_MAX_DIGITS = 40


def json_object(text: str) -> dict[str, object]:
    """Return the object that a line holds. Errors: Unreadable."""
    try:
        value: object = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise Unreadable(f"not JSON: {error}") from error
    return mapping(value, "the line")


def mapping(value: object, what: str = "value") -> dict[str, object]:
    """Return the value as a JSON object. Errors: Unreadable."""
    if not isinstance(value, dict):
        raise Unreadable(f"{what} is not a JSON object")
    return value  # pyright: ignore[reportUnknownVariableType]  # JSON objects have text keys


def written(value: object) -> str:
    """Return the value as it was logged, `-` included; '' for null."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return msgspec.json.encode(value).decode().replace("\\u0000", "")


def text(value: object) -> str:
    """Return the value as text; '' where the log has `-`."""
    found = written(value)
    return "" if found == "-" else found


def count(value: object, absent: int = 0, limit: int = _INT64) -> int:
    """Return a whole number between 0 and the limit, else `absent`."""
    try:
        number = int(text(value))
    except ValueError:
        return absent
    return number if 0 <= number <= limit else absent


def process_id(value: object) -> int:
    """Return the number of a process, 0 where none is told. Errors: Unreadable for one that no process has."""
    found = text(value)
    if len(found) > 18 and found.isdecimal() and count(found, absent=-1) < 0:
        raise Unreadable(f"a process number of {len(found)} digits")
    return count(found)


def seconds_ns(value: object, absent: int = -1) -> int:
    """Return seconds as nanoseconds, exactly as far as they were written, else `absent`."""
    try:
        seconds = Decimal(text(value)[:_MAX_DIGITS])
        # An exponent of a million would be a number of a million digits.
        number = int(seconds * _NS) if seconds.is_finite() and seconds.adjusted() < _MAX_DIGITS else -1
    except InvalidOperation:
        return absent
    return number if 0 <= number <= _INT64 else absent


def last_attempt(value: object) -> str:
    """Return the last value of nginx's list of attempts (`, ` between, ` : ` after a redirect)."""
    return _ATTEMPTS.split(written(value))[-1].strip()


def path_of(target: str) -> str:
    """Return the path of a request target: without query, fragment, and the origin of an absolute form."""
    origin = _ORIGIN.match(target)
    rest = target[origin.end() :] if origin else target
    path = _QUERY.split(rest, maxsplit=1)[0]
    return path or "/" if origin else path


def query_of(target: str) -> str:
    """Return what stands behind the `?` of a request target."""
    return target.partition("?")[2].partition("#")[0]


def host_and_port(value: str) -> tuple[str, int]:
    """Split `host:port`, `[v6]:port` or a bare host; port 0 where there is none."""
    found = re.fullmatch(r"(\[[^\]]*\]|[^:]*):(\d{1,5})", value)
    if not found:
        return value.strip("[]"), 0
    return found[1].strip("[]"), count(found[2], limit=65_535)


def attributes(pairs: Iterable[tuple[str, object]]) -> tuple[list[str], list[str]]:
    """Return keys and values as two lists, without absent values; the first of equal keys wins."""
    kept: dict[str, str] = {}
    for key, value in pairs:
        found = text(value)
        if found:
            kept.setdefault(key.replace("\0", ""), found)
    return list(kept), list(kept.values())
