"""Who of several judges does what, and when, of trace ids, times and marks. No clock, no store, no network.

Each trace ranks all judges by its id. The first judges it as soon as it is seen; the next ones after ever longer
waits, and only where no mark says that it was done. So nobody has to be asked, and the work of a dead judge goes to
all others.
"""

from dataclasses import dataclass
from enum import Enum, auto
from hashlib import md5
from typing import Protocol

_S = 1_000_000_000
#: Spans that come within this time of the newest sign of failure count; then the trace is closed.
LATE_NS = 120 * _S
#: So much later each next judge takes a trace over; more than two rounds of looking back, and than clocks may differ.
PATIENCE_NS = 120 * _S
#: All judges behind this rank wait no longer than it does: with more judges, nobody waits longer.
LAST_RANK = 2


class Suspect(Protocol):
    """A trace that may hold a failed request."""

    @property
    def trace_id(self) -> str:
        """Return its id, as it is written there."""
        ...

    @property
    def last_ns(self) -> int:
        """Return when its newest sign of failure was."""
        ...


@dataclass(frozen=True, slots=True)
class Mark:
    """What a judge left behind: so many rows the trace had then, and how it stands since."""

    rows: int
    is_closed: bool


class Due(Enum):
    """What is to be done with a trace now."""

    NOTHING = auto()
    CHECK = auto()  # judge it again if there are more rows than the mark says
    JUDGE = auto()


@dataclass(frozen=True, slots=True)
class Share:
    """The part of one judge, of so many."""

    number: int = 1  # from 1
    of: int = 1

    def __post_init__(self) -> None:
        """Refuse what is no share. Errors: ValueError."""
        if not 1 <= self.number <= self.of:
            raise ValueError(f"there is no share {self.number} of {self.of}")

    def rank(self, trace_id: str) -> int:
        """Return how many judges come before this one for a trace.

        The first is the one that ClickHouse finds by `halfMD5`. The rest are ordered by a hash with their number, so
        that what a judge leaves behind is spread over all others.
        """
        first = owner(trace_id, self.of)
        if first == self.number:
            return 0
        mine = _weight(trace_id, self.number)
        others = (number for number in range(1, self.of + 1) if number not in (first, self.number))
        return 1 + sum(_weight(trace_id, number) < mine for number in others)

    def due(self, suspect: Suspect, mark: Mark | None, now_ns: int) -> Due:
        """Say what this judge has to do with a trace now, where a mark of its newest sign is, or is not."""
        if mark and mark.is_closed:
            return Due.NOTHING
        rank = min(self.rank(suspect.trace_id), LAST_RANK)
        wait_ns = rank * PATIENCE_NS
        if mark and rank:
            # Its first judge looks after it until it is closed.
            wait_ns += LATE_NS
        if now_ns - suspect.last_ns < wait_ns:
            return Due.NOTHING
        return Due.CHECK if mark else Due.JUDGE


#: All of it.
ALONE = Share()


def owner(trace_id: str, of: int) -> int:
    """Return the number of the judge whose trace it is."""
    return _half_md5(trace_id) % of + 1


def is_closing(suspect: Suspect, now_ns: int) -> bool:
    """Say whether what is counted now is the last that counts."""
    return now_ns - suspect.last_ns >= LATE_NS


def overdue_ns(now_ns: int) -> int:
    """Return before when the newest sign of others' traces must be for this judge to have anything to do with them."""
    return now_ns - PATIENCE_NS


def _weight(trace_id: str, number: int) -> int:
    return _half_md5(f"{trace_id}/{number}")


def _half_md5(text: str) -> int:
    return int.from_bytes(md5(text.encode(), usedforsecurity=False).digest()[:8])
