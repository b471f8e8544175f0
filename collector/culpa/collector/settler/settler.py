"""Have suspects judged: provisionally soon after the first sign, for good when their traces have gone quiet.

What judges is found by the entry-point group `culpa.settlers`; this room does not know it.
"""

import logging
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from culpa.collector.measures import Measures, Settled
from culpa.collector.settler.novelty import Novelty
from culpa.collector.settler.reach import Reach
from culpa.collector.settler.strays import Strays, requests_of
from culpa.collector.settler.watch import Watch
from culpa.store import DuckDBStore

logger = logging.getLogger("culpa.collector")

#: Traces of one call: rules cost nearly the same for one trace as for hundreds.
_BATCH = 2_500
#: With suspects coming all the time, calls are at least so far apart, to be few and large: a call costs nearly the same
#: for one trace as for many, so this bounds what judging costs. Nobody waits much longer for a verdict.
_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 0.8
#: The pause as a share of the call before it.
_PAUSE_SHARE = 3.0
#: Relations whose rows belong to traces.
_OF_TRACES = ("spans", "exceptions", "access", "logs")


class Settle(Protocol):
    """What an entry point of `culpa.settlers` gives."""

    def __call__(
        self,
        store: DuckDBStore,
        trace_ids: Sequence[str] | None,
        since_ns: int = 0,
        provisional: Collection[str] = frozenset(),
    ) -> None:
        """Judge these traces (None: every failing one of the store); append their verdicts to it.

        Shape: more may come of those of them that are `provisional`.
        Units: no row of these traces is older than `since_ns`, nanoseconds since 1970.
        """
        ...


class Settler:
    """The thread that has suspects judged. `notice` is the writer's listener."""

    def __init__(
        self,
        store: DuckDBStore,
        settlers: Mapping[str, Settle],
        *,
        settle_s: float = 10.0,
        provisional_s: float = 1.0,
        measures: Measures | None = None,
    ) -> None:
        """Pick up what an earlier run left open, and start the thread."""
        self._measures = measures or Measures()
        self._store = store
        self._settlers = settlers
        self._watch = Watch(settle_s, provisional_s)
        self._novelty = Novelty()
        self._reach = Reach(time.monotonic())
        self._strays = Strays()
        self._changed = threading.Condition()
        self._is_closing = False
        self._complained: set[tuple[str, str]] = set()
        self._watch.suspect(_left_open(store), time.monotonic())
        self._thread = threading.Thread(target=self._run, name="culpa-settle", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Say whether the thread runs."""
        return self._thread.is_alive()

    def notice(self, committed: Mapping[str, pa.Table], suspects: frozenset[str]) -> None:
        """Hear of a commit: its rows, and the suspects whose rows are all there now. One thread at a time."""
        now = time.monotonic()
        since_ns = self._reach.since_ns(committed, now)
        with self._changed:
            if self._strays.notice(committed.get("logs"), now):
                self._changed.notify()
        if not suspects and self._watch.is_idle:
            return
        arrived: set[str] = set()
        for relation in _OF_TRACES:
            if relation in committed:
                ids = pc.unique(committed[relation].column("trace_id")).to_pylist()
                arrived.update(str(trace_id) for trace_id in ids)
        arrived.discard("")
        strangers = self._novelty.strangers(committed, now)
        with self._changed:
            self._watch.arrived(arrived, now, since_ns)
            self._watch.suspect(suspects, now, strangers, since_ns)
            self._changed.notify()

    def again(self, trace_ids: Sequence[str]) -> None:
        """Have traces judged once more, whatever was said of them before."""
        with self._changed:
            # Somebody waits for these.
            self._watch.suspect(trace_ids, time.monotonic(), frozenset(trace_ids))
            self._changed.notify()

    def close(self) -> None:
        """End the thread after the call under way. What is not judged yet is picked up by the next start."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._is_closing and (wait_s := self._next_at() - time.monotonic()) > 0:
                    self._changed.wait(min(wait_s, threading.TIMEOUT_MAX))
                if self._is_closing:
                    return
                now = time.monotonic()
                lines = self._strays.take(now)
                due = self._watch.due(now, _BATCH)
            self._look_up(lines)
            self._judge((*due.final, *due.provisional), frozenset(due.provisional), now, due.since_ns)
            pause_s = min(_LONGEST_PAUSE_S, max(_PAUSE_S, _PAUSE_SHARE * (time.monotonic() - now)))
            with self._changed:
                self._changed.wait_for(lambda: self._is_closing, pause_s)

    def _next_at(self) -> float:
        return min(self._watch.next_at(), self._strays.due_at)

    def _look_up(self, lines: list[dict[str, object]]) -> None:
        """Have the requests judged, or judged again, that these lines of a web server's log are about."""
        if not lines:
            return
        try:
            found = requests_of(self._store, lines)
        except Exception as error:
            self._complain("stray lines", error)
            return
        with self._changed:
            now = time.monotonic()
            self._watch.arrived(found.trace_ids, now, found.since_ns)
            self._watch.suspect(found.cut, now, since_ns=found.since_ns)

    def _judge(self, trace_ids: tuple[str, ...], provisional: frozenset[str], now: float, since_ns: int) -> None:
        if not trace_ids or self._is_closing:
            return
        began_ns = time.time_ns()
        if self._call(trace_ids, provisional, since_ns):
            self._note(trace_ids, provisional, now)
            self._measure([trace_id for trace_id in trace_ids if trace_id not in provisional], began_ns)
        elif len(trace_ids) > 1:
            # One trace that nobody can judge must not keep the others waiting.
            half = len(trace_ids) // 2
            self._judge(trace_ids[:half], provisional, now, since_ns)
            self._judge(trace_ids[half:], provisional, now, since_ns)
        else:
            with self._changed:
                given_up = self._watch.failed(trace_ids, time.monotonic())
            if given_up:
                logger.error("trace %s stays without a verdict; judging it failed again and again", given_up[0])

    def _note(self, trace_ids: tuple[str, ...], provisional: frozenset[str], now: float) -> None:
        took_s = time.monotonic() - now
        for settled in (True, False):
            told = [trace_id for trace_id in trace_ids if (trace_id not in provisional) == settled]
            if not told:
                continue
            with self._changed:
                ages = self._watch.judged(told, now, settled=settled)
            self._measures.judged([age + took_s for age in ages], settled=settled)

    def _measure(self, trace_ids: list[str], since_ns: int) -> None:
        """Count what was judged for good; a measure that cannot be taken costs no verdict."""
        if not trace_ids:
            return
        try:
            with self._store.cursor() as cursor:
                asked = {"trace_ids": trace_ids, "since_ns": since_ns}
                rows = cursor.execute(_question("settled"), asked).fetchall()
        except Exception as error:
            self._complain("measures of verdicts", error)
            return
        self._measures.settled([Settled(*row) for row in rows])

    def _call(self, trace_ids: Sequence[str], provisional: frozenset[str], since_ns: int) -> bool:
        for name, settle in self._settlers.items():
            try:
                settle(self._store, trace_ids, since_ns=since_ns, provisional=provisional)
            except Exception as error:
                self._complain(name, error)
                return False
        return True

    def _complain(self, name: str, error: Exception) -> None:
        """Log each kind of failure once: it may come back with every batch."""
        kind = (name, type(error).__name__)
        if kind not in self._complained:
            self._complained.add(kind)
            logger.error("settler %s failed, tried again later: %s", name, error, exc_info=error)


def _left_open(store: DuckDBStore) -> list[str]:
    with store.cursor() as cursor:
        return [trace_id for (trace_id,) in cursor.execute(_question("left_open")).fetchall()]


@cache
def _question(name: str) -> str:
    return (files("culpa.collector.settler") / "sql" / f"{name}.sql").read_text("utf-8")
