"""Which traces wait for a judgement, and until when. Pure: no threads, no store, no clock of its own."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

#: Judged traces whose late spans are still noticed; about 150 bytes each.
_REMEMBERED = 100_000
#: A trace that cannot be judged is tried so often, ever more rarely.
_ATTEMPTS = 8


@dataclass
class _Watched:
    """`provisional_at` is inf when no provisional verdict is due."""

    seen_at: float
    provisional_at: float
    not_before: float = 0.0
    attempts: int = 0


@dataclass(frozen=True)
class Due:
    """Traces to judge now: for good, and provisionally."""

    final: tuple[str, ...]
    provisional: tuple[str, ...]


class Watch:
    """Suspects (traces with a sign of failure) on their way from the first sign to the final verdict.

    Units: all times are seconds of one clock that never goes back.
    """

    def __init__(self, settle_s: float, provisional_s: float) -> None:
        """Watch nothing yet."""
        self._settle_s = settle_s
        self._provisional_s = provisional_s
        self._watched: dict[str, _Watched] = {}
        self._judged: OrderedDict[str, None] = OrderedDict()

    def __len__(self) -> int:
        """Return how many traces wait for their final verdict."""
        return len(self._watched)

    @property
    def is_idle(self) -> bool:
        """Say whether no arrival can matter but that of a suspect."""
        return not self._watched and not self._judged

    def suspect(self, trace_ids: Iterable[str], now: float) -> None:
        """Watch traces that showed a sign of failure."""
        for trace_id in trace_ids:
            self._see(trace_id, now)

    def arrived(self, trace_ids: Iterable[str], now: float) -> None:
        """Hear that rows of these traces came; those judged lately are opened again."""
        for trace_id in trace_ids:
            if trace_id in self._watched or trace_id in self._judged:
                self._see(trace_id, now)

    def _see(self, trace_id: str, now: float) -> None:
        found = self._watched.get(trace_id)
        if found is None:
            self._judged.pop(trace_id, None)
            self._watched[trace_id] = _Watched(now, now + self._provisional_s)
            return
        found.seen_at = now
        if found.provisional_at == float("inf"):
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
        return Due(tuple(final[:limit]), tuple(provisional[:limit]))

    def judged(self, trace_ids: Iterable[str], now: float, *, settled: bool) -> None:
        """Hear that these traces were judged at `now`, the time that `due` was asked with."""
        for trace_id in trace_ids:
            watched = self._watched.get(trace_id)
            if watched is None:
                continue
            watched.attempts = 0
            watched.provisional_at = float("inf")
            # What came while it was judged is not in the verdict.
            if settled and watched.seen_at <= now:
                del self._watched[trace_id]
                self._judged[trace_id] = None
        while len(self._judged) > _REMEMBERED:
            self._judged.popitem(last=False)

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
        return min(
            (
                max(watched.not_before, min(watched.provisional_at, watched.seen_at + self._settle_s))
                for watched in self._watched.values()
            ),
            default=float("inf"),
        )
