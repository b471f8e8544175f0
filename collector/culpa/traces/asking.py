"""Read the parameters of a request: ids, numbers, times and durations as Go writes them. Errors: NotAQuestion."""

import base64
import binascii
import json
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, cast

from culpa.traces.search import NotAQuestion

_ID: Final = re.compile(r"[0-9a-fA-F]{1,32}")
_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")
_DURATION: Final = re.compile(r"(?:[0-9]{1,15}(?:\.[0-9]{1,15})?(?:ns|us|µs|μs|ms|s|m|h)){1,8}")
_PART: Final = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)(ns|us|µs|μs|ms|s|m|h)")
_MOMENT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_NS: Final = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
#: A trace id in base64, as Protobuf's JSON writes bytes.
_BASE64_CHARS: Final = 24


def trace_id_of(text: str) -> str:
    """Return a trace id as the store writes it: 32 lower-case hex digits, with zeros before a shorter one."""
    if _ID.fullmatch(text):
        return text.lower().zfill(32)
    if len(text) == _BASE64_CHARS:
        try:
            return base64.b64decode(text.translate(str.maketrans("-_", "+/")), validate=True).hex().zfill(32)
        except (ValueError, binascii.Error):
            pass
    raise NotAQuestion(f"{text[:80]!r} is no trace id; write its hex digits, at most 32")


def whole(name: str, text: str, default: int) -> int:
    """Return a whole number."""
    if not text:
        return default
    if not _WHOLE.fullmatch(text):
        raise NotAQuestion(f"unable to parse param '{name}': {text[:40]!r} is no whole number")
    return int(text)


def duration_ns(name: str, text: str) -> int:
    """Return a duration such as `1.5s` or `100ms` in nanoseconds, 0 for none."""
    if text in ("", "0"):
        return 0
    if not _DURATION.fullmatch(text):
        raise NotAQuestion(f"unable to parse param '{name}': {text[:40]!r} is no duration; write such as 1.5s or 100ms")
    return round(sum(float(number) * _NS[unit] for number, unit in _PART.findall(text)))


def moment_ns(name: str, text: str, default: int) -> int:
    """Return a time of RFC 3339 as nanoseconds since 1970."""
    if not text:
        return default
    found = _MOMENT.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        zone = "+00:00" if found[4] in "Zz" else found[4]
        seconds = datetime.fromisoformat(f"{found[1]}T{found[2]}{zone}") - datetime(1970, 1, 1, tzinfo=UTC)
    except ValueError:
        wanted = "write it as 2026-11-30T10:00:00Z"
        raise NotAQuestion(f"malformed parameter {name}: {text[:40]!r} is no time of RFC 3339; {wanted}") from None
    return (seconds.days * 86_400 + seconds.seconds) * 10**9 + int((found[3] or ".0")[1:].ljust(9, "0"))


def tags_of(name: str, texts: Sequence[str], pairs: Sequence[str] = ()) -> dict[str, str]:
    """Return tags: `texts` are JSON objects of texts, `pairs` are written `key:value`."""
    tags: dict[str, str] = {}
    for pair in pairs:
        key, colon, value = pair.partition(":")
        if not colon:
            raise NotAQuestion(f"malformed 'tag' parameter, expecting key:value, received: {pair[:80]}")
        tags[key] = value
    for text in texts:
        try:
            found: object = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict) or not all(
            isinstance(one, str) for one in cast("dict[str, object]", found).values()
        ):
            raise NotAQuestion(f"malformed '{name}' parameter: {text[:80]!r} is no JSON object of texts")
        tags |= cast("dict[str, str]", found)
    return tags


def now_ns() -> int:
    """Return the time now."""
    return time.time_ns()
