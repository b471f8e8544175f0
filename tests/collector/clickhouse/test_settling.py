"""A simulation: judges that die, come back, stall and lag behind share hours of failures whose spans come late.

What decides is what decides in earnest: `Share`, `Windows` and `work`. Simulated are the clock, ClickHouse (rows and
the time from which each is seen there) and what judging comes to. docs/scale.md says what it stands for.
"""

import random
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from culpa.collector.abroad.shares import LAST_RANK, Mark, Share
from culpa.collector.abroad.windows import ROUND_NS, Windows, reach_ns
from culpa.collector.abroad.working import work

_S = 1_000_000_000
_MINUTES = 40
_TRACES = 1_200
#: Until the last failure is closed, whoever has to take it over.
_END_NS = _MINUTES * 60 * _S + 400 * _S + 900 * _S + reach_ns(1 + LAST_RANK) + ROUND_NS


class Died(Exception):
    """A judge's process is gone, in the middle of something."""


@dataclass(frozen=True)
class Span:
    """A row, and when it can be read."""

    at_ns: int
    seen_ns: int
    is_sign: bool


@dataclass(frozen=True)
class Trace:
    """A suspect as ClickHouse shows it at some time."""

    trace_id: str
    first_ns: int
    last_ns: int


@dataclass
class There:
    """ClickHouse: telemetry, and two tables in which the newest row of a key stays."""

    traces: dict[str, list[Span]]
    marks: dict[tuple[str, int], tuple[int, Mark]] = field(default_factory=dict[tuple[str, int], tuple[int, Mark]])
    verdicts: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    inserted: int = 0  # verdicts, also those that replaced others
    needed: int = 0  # of these, those that said something new
    deaths: int = 0

    def __post_init__(self) -> None:
        """Sort the signs of failure by time."""
        self.signs = sorted(
            (span.at_ns, span.seen_ns, trace_id)
            for trace_id, spans in self.traces.items()
            for span in spans
            if span.is_sign
        )

    def suspects(self, since_ns: int, until_ns: int, now_ns: int) -> list[Trace]:
        """Return the traces with a sign of failure in that time which is seen by now."""
        start, end = (bisect_left(self.signs, (at_ns,)) for at_ns in (since_ns, until_ns))
        found: dict[str, Trace] = {}
        for at_ns, seen_ns, trace_id in self.signs[start:end]:
            if seen_ns <= now_ns:
                first_ns = found[trace_id].first_ns if trace_id in found else at_ns
                found[trace_id] = Trace(trace_id, first_ns, at_ns)
        return list(found.values())

    def size(self, trace_id: str, now_ns: int) -> int:
        """Return how many rows of a trace are seen."""
        return sum(span.seen_ns <= now_ns for span in self.traces[trace_id])


class Judge:
    """A process with a clock that is a little wrong, that may die before any call to ClickHouse: in that part of all windows."""

    def __init__(self, there: There, share: Share, since_ns: int, chance: random.Random, deadly: float) -> None:
        self._there = there
        self._share = share
        self._chance = chance
        self._deadly = deadly
        self._skew_ns = chance.randrange(-5, 6) * _S
        self._windows = Windows(share.of, since_ns)
        self._now_ns = 0
        self._steps_left = -1

    def look(self, now_ns: int) -> None:
        """Judge the next window. Errors: Died."""
        self._now_ns = now_ns
        # Dies somewhere in the middle, sometimes between a verdict and its mark; or lives on.
        self._steps_left = self._chance.randrange(1, 30) if self._chance.random() < self._deadly else -1
        window = self._windows.next(now_ns + self._skew_ns)
        if self._chance.random() < 0.02:
            self._windows.failed()
            return
        found = self._there.suspects(*window, now_ns)
        most = 300
        is_cut = len(found) > most
        work(self, self._share, found[:most], now_ns + self._skew_ns, is_thorough=False)
        self._windows.done(found[most - 1].first_ns if is_cut else window.until_ns, is_cut=is_cut)

    def marks(self, some: Sequence[Trace]) -> Mapping[str, Mark]:
        """Return the marks of their newest signs."""
        self._may_die()
        keys = {(one.trace_id, one.last_ns) for one in some} & self._there.marks.keys()
        return {key[0]: self._there.marks[key][1] for key in keys}

    def counts(self, some: Sequence[Trace]) -> Mapping[str, int]:
        """Return how many rows they have."""
        self._may_die()
        return {one.trace_id: self._there.size(one.trace_id, self._now_ns) for one in some}

    def judge(self, some: Sequence[Trace]) -> Mapping[str, int]:
        """Write verdicts, which say how many rows they rest on; now and then a span comes between count and fetch."""
        counts = self.counts(some)
        for one in some:
            self._may_die()
            rows = self._there.size(
                one.trace_id, self._now_ns + (self._chance.random() < 0.2 and self._deadly > 0) * _S
            )
            old = self._there.verdicts.get(one.trace_id, (0, 0))
            self._there.inserted += 1
            self._there.needed += old[1] != rows
            self._there.verdicts[one.trace_id] = max(old, (self._now_ns + self._skew_ns, rows))
        return counts

    def mark(self, left: Mapping[str, Mark], some: Sequence[Trace]) -> None:
        """Leave marks; the newest of a key stays."""
        for one in some:
            self._may_die()
            key, made = (one.trace_id, one.last_ns), (self._now_ns + self._skew_ns, left[one.trace_id])
            self._there.marks[key] = max(self._there.marks.get(key, made), made, key=lambda mark: mark[0])

    def _may_die(self) -> None:
        self._steps_left -= 1
        if not self._steps_left:
            raise Died


def _telemetry(chance: random.Random) -> dict[str, list[Span]]:
    """Make failing traces: signs and other spans, most seen within seconds, some up to two minutes late."""
    traces: dict[str, list[Span]] = {}
    for _ in range(_TRACES):
        at_ns = chance.randrange(_MINUTES * 60) * _S + chance.randrange(_S)
        lateness_s = [chance.choice((1, 2, 3, 5, 8, 20, 60, 100)) for _ in range(chance.randrange(1, 6))]
        spans = [Span(at_ns + place, at_ns + late_s * _S, place == 0) for place, late_s in enumerate(lateness_s)]
        if chance.random() < 0.1:
            # A request of minutes fails once more, when its first sign is closed long since.
            spans.append(Span(at_ns + 400 * _S, at_ns + 405 * _S, is_sign=True))
        traces[f"{chance.getrandbits(128):032x}"] = spans
    return traces


def _simulated(of: int, deadly: float, ends: Mapping[int, int], seed: int) -> There:
    """Let judges work until all is closed that will be; `ends` says when one of them goes for good, in s."""
    chance = random.Random(seed)
    there = There(_telemetry(chance))
    judges: dict[int, Judge | None] = dict.fromkeys(range(1, of + 1))
    comes_ns = dict.fromkeys(judges, 0)
    for now_ns in range(0, _END_NS, 5 * _S):
        for number in judges:
            if now_ns >= ends.get(number, _END_NS // _S) * _S or now_ns < comes_ns[number]:
                continue
            share = Share(number, of)
            judge = judges[number] or Judge(there, share, max(0, now_ns - 3_600 * _S), chance, deadly)
            judges[number] = judge
            try:
                judge.look(now_ns + number)
            except Died:
                there.deaths += 1
                # It comes back without its file.
                judges[number], comes_ns[number] = None, now_ns + chance.randrange(10, 900) * _S
    return there


def _right(there: There) -> dict[str, int]:
    return {trace_id: len(spans) for trace_id, spans in there.traces.items()}


def _found(there: There) -> dict[str, int]:
    return {trace_id: rows for trace_id, (_, rows) in there.verdicts.items()}


def _still_open(there: There) -> list[str]:
    newest = {trace_id: max(s.at_ns for s in spans if s.is_sign) for trace_id, spans in there.traces.items()}
    return [trace_id for trace_id, key in newest.items() if not there.marks[trace_id, key][1].is_closed]


@pytest.mark.parametrize("of", [1, 3, 8])
def test_judges_that_live_judge_everything_and_nothing_twice(of: int) -> None:
    there = _simulated(of, deadly=0, ends={}, seed=of)
    assert (_right(there), []) == (_found(there), _still_open(there))
    assert there.needed == there.inserted


@pytest.mark.parametrize(
    ("of", "deadly", "ends"),
    [
        pytest.param(3, 0, {3: 601}, id="one of three goes for good"),
        pytest.param(8, 0, {number: 200 * number for number in range(2, 9)}, id="of eight one is left"),
        pytest.param(1, 0.05, {}, id="the only one dies again and again"),
        pytest.param(3, 0.05, {}, id="three die again and again"),
        pytest.param(8, 0.05, {5: 900, 6: 900}, id="eight die again and again, two for good"),
    ],
)
def test_whoever_dies_nothing_is_lost_and_little_is_done_twice(of: int, deadly: float, ends: dict[int, int]) -> None:
    there = _simulated(of, deadly, ends, seed=of)
    assert (_right(there), []) == (_found(there), _still_open(there))
    assert there.inserted <= 1.1 * there.needed
    assert (deadly > 0) == (there.deaths >= 3)
