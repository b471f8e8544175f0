"""What a format that is data says a text stands for: a time in one of its forms, a duration in its unit, an id."""

from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from culpa.collector.formats._format import Source, Unreadable
from culpa.collector.formats._ids import from_traceparent, usable_span_id, usable_trace_id
from culpa.collector.formats._iso_times import iso_ns
from culpa.collector.formats._zones import year_of
from culpa.instrumentation.patterns import late_pattern

_NS = 1_000_000_000
_MOST_NS = 2**63 - 1
#: A time of day without the day: `8:37:01`, `16:55:29.018`.
_CLOCK = late_pattern(r"(?P<hours>[01]?\d|2[0-3]):(?P<minutes>[0-5]\d):(?P<seconds>[0-5]\d)(?:[.,](?P<part>\d{1,9}))?")
_DIGITS_OF_NS = {"s": 9, "ms": 6, "us": 3, "ns": 0}
_FRACTION = late_pattern(r"(?<=:\d\d)[.,](\d{1,9})")
_YEARLESS = late_pattern(r"[A-Z][a-z]{2} +\d{1,2}\b|^\d{4}(?= )")
_PART = late_pattern(
    r"(?P<number>\d{1,15}(?:\.\d{1,12})?) ?(?P<unit>ns|us|µs|μs|ms|milliseconds|seconds|s|m|h)(?![A-Za-z])"
)
_UNITS_NS = {
    "ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000, "milliseconds": 1_000_000,
    "s": _NS, "seconds": _NS, "m": 60 * _NS, "h": 3_600 * _NS,
}  # fmt: skip
_LONGEST = 64


def time_of(written: str, forms: tuple[str, ...], source: Source) -> int:
    """Return a time in one of the forms as nanoseconds since 1970; 0 for one that is in none of them."""
    for form in forms:
        at = _time_in(written[:_LONGEST], form, source)
        if at:
            return at
    return 0


def _time_in(written: str, form: str, source: Source) -> int:
    try:
        if form == "iso":
            return iso_ns(written, source.zone)
        if form == "clock":
            return _clock_ns(written, source.day_ns)
        if form in _DIGITS_OF_NS:
            return _number_ns(written, form)
        return _formed_ns(written, form, source)
    except Unreadable:
        return 0


def _clock_ns(written: str, day_ns: int) -> int:
    """Return a time of day on the day that all else was recorded on, 0 where nobody knows that."""
    found = _CLOCK.fullmatch(written)
    if not found or not day_ns:
        return 0
    seconds = (int(found["hours"]) * 60 + int(found["minutes"])) * 60 + int(found["seconds"])
    return day_ns + seconds * _NS + int(((found["part"] or "") + "0" * 9)[:9])


def _number_ns(written: str, unit: str) -> int:
    try:
        number = Decimal(written)
        at = int(number.scaleb(_DIGITS_OF_NS[unit])) if number.is_finite() and abs(number.adjusted()) < 25 else 0
    except InvalidOperation:
        return 0
    return at if 0 < at <= _MOST_NS else 0


def _formed_ns(written: str, form: str, source: Source) -> int:
    """Return a time in a form of `strptime`; the digits behind the second's point are read whatever their number."""
    digits = ""
    if "%f" in form:
        fraction = _FRACTION.search(written)
        if fraction is None:
            return 0
        digits = fraction[1]
        written = written[: fraction.start()] + written[fraction.end() :]
        form = form.replace(".%f", "").replace(",%f", "")
    if "%y" not in form.lower():
        day = _YEARLESS.search(written)
        written, form = f"{year_of(day[0], source) if day else 0} {written}", f"%Y {form}"
    return _second(written, form, UTC if form.endswith((" GMT", " UTC")) else source.zone) * _NS + int(
        (digits + "0" * 9)[:9]
    )


@lru_cache(maxsize=64)
def _second(written: str, form: str, zone: tzinfo | None) -> int:
    try:
        at = datetime.strptime(written, form)  # its zone, or the source's
        return max(int((at if at.tzinfo else at.replace(tzinfo=zone)).timestamp()), 0)
    except (ValueError, OverflowError, OSError) as error:
        raise Unreadable(f"no such time: {written}") from error


def duration_ns(written: str, unit: str) -> int:
    """Return a duration in nanoseconds, -1 where none can be read."""
    if unit != "text":
        found = _number_ns(written[:_LONGEST], unit)
        return found if found or written.strip("0.") else 0
    parts = list(_PART.finditer(written[:_LONGEST]))
    if not parts:
        return -1
    took = sum(int(Decimal(part["number"]) * _UNITS_NS[part["unit"]]) for part in parts)
    return min(took, _MOST_NS)


def trace_and_span(trace: str, span: str) -> tuple[str, str]:
    """Return trace and span id of what a line tells, which may be a whole `traceparent`; '' for what is none."""
    context = from_traceparent(trace)
    if context[0]:
        return context
    return usable_trace_id(trace.replace("-", "")), usable_span_id(span)
