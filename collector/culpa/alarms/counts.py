"""What the rules look at: failures and requests by minute, the history of each problem, and who sends. Pure data.

The same holds a few hours for a collector that runs, and a week for a replay: every question names its own time.
Units: minutes, hours and bins are numbers since 1970, both ends of a stretch are in it; `…_ns` are ns since 1970.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Final

MINUTE_NS: Final = 60 * 10**9
HOUR_NS: Final = 60 * MINUTE_NS
BIN_NS: Final = 5 * MINUTE_NS
#: How far back it is looked for who sent: who was silent longer is no news.
PRESENCE_NS: Final = 3 * HOUR_NS
#: A failed request has its verdict after this; most have it within a second.
LAG_NS: Final = 5 * MINUTE_NS


class Series:
    """Numbers by minute, of which any stretch is summed at once.

    Where spans were sampled the numbers are estimates, and `kept` says of how many requests; else it is the same.
    """

    def __init__(self, counted: Iterable[tuple[int, float]], kept: "Series | None" = None) -> None:
        """Take (minute, number), in any order; what comes twice is added."""
        self.kept = kept or self
        by_minute: dict[int, float] = {}
        for minute, number in counted:
            by_minute[minute] = by_minute.get(minute, 0) + number
        self.minutes = sorted(by_minute)
        self._sums = [0, *accumulate(by_minute[minute] for minute in self.minutes)]

    def between(self, first: int, last: int) -> float:
        """Return the sum from one minute to another."""
        if last < first:
            return 0
        return self._sums[bisect_right(self.minutes, last)] - self._sums[bisect_left(self.minutes, first)]

    def latest(self, last: int) -> int:
        """Return the last minute with a number, up to one; -1 for none."""
        at = bisect_right(self.minutes, last)
        return self.minutes[at - 1] if at else -1


@dataclass(frozen=True)
class Place:
    """Where requests come to: a route, or a bare path of an access log."""

    name: str
    is_route: bool


@dataclass(frozen=True)
class Part:
    """The failures of a problem at one place, as one service answered them."""

    service: str
    place: Place
    failed: Series


@dataclass(frozen=True)
class Stretch:
    """Some time in which a problem failed, `number` times."""

    first_ns: int
    last_ns: int
    number: float


@dataclass(frozen=True)
class Problem:
    """One problem. `stretches` are in their order; those of past hours, and the minutes that were looked at."""

    fingerprint: str
    layer: str
    component: str
    cause: str
    object: str
    parts: tuple[Part, ...]
    first_ns: int
    before_ns: int
    stretches: tuple[Stretch, ...]
    by_hour: Mapping[int, float]

    def failed(self, first: int, last: int) -> float:
        """Return how often it failed from one minute to another."""
        return sum(one.failed.between(first, last) for one in self.parts)

    def latest(self, last: int) -> int:
        """Return the last minute up to one in which it failed; -1 for none."""
        return max((one.failed.latest(last) for one in self.parts), default=-1)


@dataclass(frozen=True)
class Presence:
    """When a service sent: numbers of five-minute stretches, in their order."""

    last_ns: int
    bins: tuple[int, ...]

    def last_bin(self, last: int) -> int:
        """Return the last stretch up to one in which it sent; -1 for none."""
        at = bisect_right(self.bins, last)
        return self.bins[at - 1] if at else -1

    def number(self, first: int, last: int) -> int:
        """Return in how many stretches it sent, from one to another."""
        return bisect_right(self.bins, last) - bisect_left(self.bins, first)


@dataclass(frozen=True)
class Lag:
    """Failed requests of some minutes ago: traces, those with a verdict, and how long that took (median)."""

    failing: int = 0
    judged: int = 0
    lag_ns: int = 0


#: What was asked about a place while a problem was quiet: (fingerprint, when it failed again, ns) -> yes or no.
Asked = Mapping[tuple[str, int], bool]


@dataclass(frozen=True)
class Counts:
    """All that the rules look at. `troubles` by part of the collector, as it says them."""

    problems: Mapping[str, Problem] = field(default_factory=dict[str, Problem])
    requests: Mapping[tuple[str, Place], Series] = field(default_factory=dict[tuple[str, Place], Series])
    presence: Mapping[str, Presence] = field(default_factory=dict[str, Presence])
    asked: Asked = field(default_factory=dict[tuple[str, int], bool])
    troubles: Mapping[str, str] = field(default_factory=dict[str, str])
    lag: Lag = Lag()

    @cached_property
    def _by_place(self) -> dict[Place, dict[str, Series]]:
        found: dict[Place, dict[str, Series]] = {}
        for (service, place), series in self.requests.items():
            found.setdefault(place, {})[service] = series
        return found

    def served(self, place: Place, first: int, last: int, service: str = "") -> float:
        """Return how many requests came to a place, from one minute to another; of one service where that is known."""
        return sum(series.between(first, last) for series in self.series(place, service))

    def series(self, place: Place, service: str = "") -> Collection[Series]:
        """Return the requests that came to a place, by service; of one service where that is known."""
        of_place = self._by_place.get(place, {})
        # A verdict names a service with its namespace in front; a span does not.
        own = of_place.get(service) or of_place.get(service.rpartition("/")[2])
        return [own] if own else of_place.values()


def runs(problem: Problem, quiet_ns: int, now_ns: int) -> list[tuple[int, int]]:
    """Return when a problem failed again after so much quiet, and when it had failed before; up to now, in order."""
    found: list[tuple[int, int]] = []
    before_ns = problem.before_ns
    for one in problem.stretches:
        if one.first_ns > now_ns:
            break
        if before_ns and one.first_ns - before_ns >= quiet_ns:
            # By the minute: what is known of it later, to the nanosecond, shall be the same run.
            found.append((one.first_ns // MINUTE_NS * MINUTE_NS, before_ns))
        before_ns = max(before_ns, min(one.last_ns, now_ns))
    return found


def minute_of(at_ns: int) -> int:
    """Return the minute of a time."""
    return at_ns // MINUTE_NS
