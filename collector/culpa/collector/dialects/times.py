"""Points in time in ns since 1970, however a tool writes them."""

from datetime import UTC, datetime

from culpa.instrumentation.patterns import late_pattern

_WRITTEN = late_pattern(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9})\d*)?"
    r" ?(Z|UTC|[+-]\d\d(?::?\d\d)?)?(?: UTC| [A-Z]{1,5})?(?: m=\S+)?"
)
_SPANNED = late_pattern(r"(?:(\d{1,5})\.)?(\d\d):(\d\d):(\d\d)(?:\.(\d{1,7}))?")


def written(text: object) -> int:
    """Return the time of a date as ISO 8601, Go or SQL write it, 0 for what is none; without a zone it is UTC."""
    found = _WRITTEN.fullmatch(str(text or "").strip())
    if not found:
        return 0
    date, time, fraction, zone = found.groups()
    offset = "+00:00" if zone in (None, "Z", "UTC") else zone
    try:
        seconds = datetime.fromisoformat(f"{date}T{time}{offset}").astimezone(UTC).timestamp()
    except (ValueError, OverflowError):
        return 0
    return max(0, int(seconds)) * 1_000_000_000 + int((fraction or "").ljust(9, "0"))


def counted(number: object, unit_ns: int) -> int:
    """Return a number of units as ns, 0 for what is none; a fraction of a unit counts to the µs."""
    if isinstance(number, str):
        try:
            number = float(number) if "." in number else int(number[:20])
        except ValueError:
            return 0
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number < 2**64:
        return 0
    return number * unit_ns if isinstance(number, int) else round(number * unit_ns / 1000) * 1000


def moment(value: object, unit_ns: int) -> int:
    """Return a time that may be written or counted."""
    return counted(value, unit_ns) or written(value)


def spanned(text: str) -> int | None:
    """Return a duration as .NET's TimeSpan writes it, `1.02:03:04.5`, in ns; None for what is none."""
    found = _SPANNED.fullmatch(text)
    if not found:
        return None
    days, hours, minutes, seconds, fraction = found.groups()
    whole = ((int(days or 0) * 24 + int(hours)) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * 1_000_000_000 + int((fraction or "").ljust(9, "0"))
