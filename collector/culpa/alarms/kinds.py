"""What a rule can ask, and the numbers that it takes: the one list, for reading a file, and for the document."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Number:
    """A number of a rule. Bounds are allowed values; the meaning names the unit."""

    name: str
    default: float
    least: float
    most: float
    meaning: str


def _resolve(minutes: float, when: str) -> Number:
    return Number("resolve_minutes", minutes, 0.05, 1440, f"minutes until it is over: {when}")


_QUIET: Final = _resolve(15, "no request of it failed for so long")
_HELD: Final = _resolve(5, "it did not hold for so long")
_WITHIN: Final = Number("within_minutes", 60, 1, 360, "minutes: what began longer ago is no news")

#: By kind, what it takes besides filters.
KINDS: Final[dict[str, tuple[Number, ...]]] = {
    "new": (Number("min_requests", 3, 1, 1e9, "failed requests until it is told"), _WITHIN, _QUIET),
    "regressed": (
        Number("quiet_hours", 6, 1, 168, "hours without a failure, while its place was asked"),
        Number("min_requests", 1, 1, 1e9, "failed requests until it is told"),
        _WITHIN,
        _QUIET,
    ),
    "share": (
        Number("above", 0.05, 0, 0.999, "share of the requests of its places, 0 to 1"),
        Number("minutes", 5, 1, 360, "minutes that are looked at"),
        Number("min_requests", 20, 1, 1e9, "requests in that time, failed or not"),
        _HELD,
    ),
    "spike": (
        Number("times", 3, 1, 1e6, "times the usual number of failures of that hour of day"),
        Number("min_failures", 10, 1, 1e9, "failures within the last hour"),
        Number("history_days", 3, 1, 7, "days that the problem must have been known"),
        _HELD,
    ),
    "burn": (
        Number("objective", 0.999, 0.5, 0.99999, "share of good answers that is promised, 0 to 1"),
        Number("min_failures", 10, 1, 1e9, "failures in the longer of the two windows"),
        _HELD,
    ),
    "blind": (Number("silent_minutes", 15, 1, 110, "minutes without a word of a service that sent steadily"),),
}

#: What narrows a rule; '' is all.
FILTERS: Final = ("component", "layer", "cause", "route", "service")
