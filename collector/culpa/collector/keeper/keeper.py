"""The thread that seals, thins and drops. It does one thing at a time, and what fails is tried again later."""

import logging
import threading
import time

from culpa.collector.keeper.bounds import Bounds
from culpa.collector.keeper.disk import bytes_in
from culpa.collector.keeper.marks import Marks
from culpa.collector.keeper.plan import Drop, Rewrite, next_step
from culpa.store import (
    DuckDBStore,
    StoreError,
    count_rows,
    drop,
    forget_verdicts,
    free_bytes,
    hot_rows,
    hot_since_ns,
    remove_dropped,
    rewrite,
    seal,
)

logger = logging.getLogger("culpa.collector")

#: Between two looks. A look costs some milliseconds.
_TICK_S = 10.0
#: After a move that failed so many looks are left out: two minutes.
_LOOKS_LEFT_OUT = 12
_VERDICTS_EVERY_S = 3600.0


class Keeper:
    """Keeps one store within bounds from its start to `close`."""

    def __init__(self, store: DuckDBStore, bounds: Bounds) -> None:
        """Start the thread."""
        self._store = store
        self._bounds = bounds
        self._tick_s = min(_TICK_S, max(0.1, bounds.seal_quiet_s / 3))
        self._pause_s = _LOOKS_LEFT_OUT * self._tick_s
        self._marks = Marks(bounds.seal_quiet_s)
        self._verdicts_at = float("-inf")
        self._not_before = float("-inf")
        self._last_said = ""
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="culpa-keep", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Say whether the thread runs."""
        return self._thread.is_alive()

    def close(self) -> None:
        """End the thread after the move under way."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.wait(self._tick_s):
            if time.monotonic() < self._not_before:
                continue
            try:
                while self._look() and not self._closing.is_set():
                    pass
                self._last_said = ""
            except Exception as error:
                self._complain(error)

    def _complain(self, error: Exception) -> None:
        self._not_before = time.monotonic() + self._pause_s
        if str(error) != self._last_said:
            self._last_said = str(error)
            known = isinstance(error, StoreError)
            again = "the store is not tidied: %s; tried again every %d s"
            logger.error(again, error, self._pause_s, exc_info=not known)

    def _look(self) -> bool:
        """Do what is due first; return whether there may be more."""
        remove_dropped(self._store)
        self._forget_verdicts()
        return self._seal() or self._step()

    def _seal(self) -> bool:
        now = time.monotonic()
        self._marks.note(now, hot_rows(self._store))
        rows = self._marks.quiet(now)
        if rows is None or not self._is_due(count_rows(self._store, rows)):
            return False
        began = time.monotonic()
        made = seal(self._store, rows)
        self._marks.forget()
        if made:
            self._say(began, "sealed %s rows into %s", f"{made.rows:,}", made.name)
        return True

    def _is_due(self, rows: int) -> bool:
        is_old = time.time_ns() - hot_since_ns(self._store) >= self._bounds.seal_age_ns
        return rows >= self._bounds.seal_rows or (is_old and rows > 0)

    def _step(self) -> bool:
        folder = self._store.sealed.folder
        step = next_step(self._store.sealed.parts, self._bounds, time.time_ns(), bytes_in(folder), free_bytes(folder))
        began = time.monotonic()
        if isinstance(step, Drop):
            drop(self._store, step.parts)
            self._say(began, "dropped %s (%s rows): %s", _names(step), _rows(step), step.why)
        elif isinstance(step, Rewrite):
            made = rewrite(self._store, step.parts, step.holds)
            left = f"{made.rows:,} in {made.name}" if made else "none"
            self._say(began, "of %s rows in %s are left %s: %s", _rows(step), _names(step), left, step.why)
        return step is not None

    def _forget_verdicts(self) -> None:
        now = time.monotonic()
        if self._bounds.verdicts_ns and now - self._verdicts_at >= _VERDICTS_EVERY_S:
            self._verdicts_at = now
            forget_verdicts(self._store, time.time_ns() - self._bounds.verdicts_ns)

    @staticmethod
    def _say(began: float, text: str, *about: object) -> None:
        logger.info(f"{text} (%.1f s)", *about, time.monotonic() - began)


def _names(step: Drop | Rewrite) -> str:
    return ", ".join(one.name for one in step.parts)


def _rows(step: Drop | Rewrite) -> str:
    return f"{sum(one.rows for one in step.parts):,}"
