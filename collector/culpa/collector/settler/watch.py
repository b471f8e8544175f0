"""Which traces wait for a judgement, and until when. Pure: no threads, no store, no clock of its own."""

from collections import OrderedDict
from collections.abc import Iterable, Set
from dataclasses import dataclass

#: Judged traces whose late spans are still noticed; about 150 bytes each.
_REMEMBERED = 100_000
#: Judging costs nearly the same for one trace as for hundreds: the more of them wait, the longer the due ones do, to be
#: judged together; with 17 failures a second that makes batches of two thousand.
_PATIENCE_PER_TRACE_S = 0.06
_LONGEST_PATIENCE_S = 120.0
#: With more traces waiting than this, only those that look like nothing seen lately get a provisional verdict.
_CROWD = 40
#: A trace that cannot be judged is tried so often, ever more rarely.
_ATTEMPTS = 8
_NEVER = float("inf")


@dataclass
class _Watched:
    """`provisional_at` is inf when no provisional verdict is due; no row of the trace is older than `since_ns`."""

    seen_at: float
    provisional_at: float
    since_ns: int
    first_at: float
    not_before: float = 0.0
    attempts: int = 0


@dataclass(frozen=True)
class Due:
    """Traces to judge now: for good, and provisionally; none of their rows is older than `since_ns` (since 1970)."""

    final: tuple[str, ...]
    provisional: tuple[str, ...]
    since_ns: int = 0


class Watch:
    """Suspects (traces with a sign of failure) on their way from the first sign to the final verdict.

    Units: all times are seconds of one clock that never goes back.
    """

    def __init__(self, settle_s: float, provisional_s: float) -> None:
        """Watch nothing yet."""
        self._settle_s = settle_s
        self._provisional_s = provisional_s
        self._watched: dict[str, _Watched] = {}
        self._judged: OrderedDict[str, int] = OrderedDict()

    def __len__(self) -> int:
        """Return how many traces wait for their final verdict."""
        return len(self._watched)

    @property
    def is_idle(self) -> bool:
        """Say whether no arrival can matter but that of a suspect."""
        return not self._watched and not self._judged

    def suspect(
        self, trace_ids: Iterable[str], now: float, strangers: Set[str] = frozenset(), since_ns: int = 0
    ) -> None:
        """Watch traces that showed a sign of failure.

        Shape: the `strangers` among them look like none seen lately; no row of them is older than `since_ns`.
        """
        for trace_id in trace_ids:
            self._see(trace_id, now, since_ns, is_stranger=trace_id in strangers)

    def arrived(self, trace_ids: Iterable[str], now: float, since_ns: int = 0) -> None:
        """Hear that rows of these traces came; those judged lately are opened again."""
        for trace_id in trace_ids:
            if trace_id in self._watched or trace_id in self._judged:
                self._see(trace_id, now, since_ns)

    def _see(self, trace_id: str, now: float, since_ns: int, *, is_stranger: bool = False) -> None:
        found = self._watched.get(trace_id)
        is_curious = is_stranger or len(self._watched) < _CROWD
        if found is None:
            since_ns = min(since_ns, self._judged.pop(trace_id, since_ns))
            provisional_at = now + self._provisional_s if is_curious else _NEVER
            self._watched[trace_id] = _Watched(now, provisional_at, since_ns, now)
            return
        found.seen_at = now
        found.since_ns = min(found.since_ns, since_ns)
        if is_stranger:
            found.provisional_at = min(found.provisional_at, now + self._provisional_s)
        elif found.provisional_at == _NEVER and is_curious:
            # Not at every span: a trace that trickles for an hour is looked at once per settle time.
            found.provisional_at = now + self._settle_s

    def due(self, now: float, limit: int) -> Due:
        """Return at most `limit` traces of each kind that are due until `judged` or `failed` is told."""
        final: list[str] = []
        provisional: list[str] = []
        for trace_id, watched in self._watched.items():
            if now < watched.not_before:
                continue
            if now - watched.seen_at >= self._settle_s:
                final.append(trace_id)
            elif now >= watched.provisional_at:
                provisional.append(trace_id)
        if len(final) < limit and now < self._final_at():
            final = []
        final, provisional = final[:limit], provisional[:limit]
        since_ns = min((self._watched[trace_id].since_ns for trace_id in (*final, *provisional)), default=0)
        return Due(tuple(final), tuple(provisional), since_ns)

    def _final_at(self) -> float:
        """Return when those that have gone quiet have waited long enough for others."""
        patience_s = min(_LONGEST_PATIENCE_S, max(0, len(self._watched) - _CROWD) * _PATIENCE_PER_TRACE_S)
        quiet_at = (max(one.not_before, one.seen_at + self._settle_s) for one in self._watched.values())
        return min(quiet_at, default=_NEVER) + patience_s

    def judged(self, trace_ids: Iterable[str], now: float, *, settled: bool) -> list[float]:
        """Hear that these traces were judged at `now`, the time that `due` was asked with.

        Returns for how long a judgement had been due: since the last row, provisionally since the first sign.
        """
        ages: list[float] = []
        for trace_id in trace_ids:
            watched = self._watched.get(trace_id)
            if watched is None:
                continue
            ages.append(now - (watched.seen_at if settled else watched.first_at))
            watched.attempts = 0
            watched.provisional_at = _NEVER
            # What came while it was judged is not in the verdict.
            if settled and watched.seen_at <= now:
                del self._watched[trace_id]
                self._judged[trace_id] = watched.since_ns
        while len(self._judged) > _REMEMBERED:
            self._judged.popitem(last=False)
        return ages

    def failed(self, trace_ids: Iterable[str], now: float) -> list[str]:
        """Hear that judging failed; try later, each time later. Returns the traces that are given up."""
        given_up: list[str] = []
        for trace_id in trace_ids:
            watched = self._watched.get(trace_id)
            if watched is None:
                continue
            watched.attempts += 1
            watched.not_before = now + min(60.0, 0.5 * 2**watched.attempts)
            if watched.attempts >= _ATTEMPTS:
                del self._watched[trace_id]
                given_up.append(trace_id)
        return given_up

    def next_at(self) -> float:
        """Return when something is due; inf when nothing is watched."""
        provisional_at = (max(one.not_before, one.provisional_at) for one in self._watched.values())
        return min(self._final_at(), min(provisional_at, default=_NEVER))
