"""The engine that reads another system: a local file that gets what each question is about before it is answered."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from culpa.collector.abroad.copies import Copies
from culpa.collector.abroad.there import There
from culpa.collector.abroad.wanted import Wanted, wanted
from culpa.store import DuckDBStore, NotAStore, NotATime, Parameter, StoreUnavailable, iso, since_ns

logger = logging.getLogger("culpa.store")

#: How far back is read where neither the address nor the question says.
_SINCE = "1h"


class CopiedStore(DuckDBStore):
    """Another system, read through a copy of what is asked for; the copy goes with the process.

    Whole is what it says of failed requests of a time, and of traces that are named; other requests stay there.
    """

    def __init__(self, there: There, since: str, copies: Callable[[DuckDBStore], Copies]) -> None:
        """Begin with nothing copied; `since` is what a question means that does not say. Errors: StoreError."""
        try:
            self._since_ns = since_ns(since or _SINCE)
        except NotATime as error:
            raise NotAStore(f"{there.where}: since={error}") from None
        self._there = there
        self._filling = threading.RLock()
        self._folder = TemporaryDirectory(prefix="culpa-copied-", ignore_cleanup_errors=True)
        super().__init__(Path(self._folder.name) / "copied.duckdb", writable=True)
        self._copies = copies(self)
        self._is_filling = self._is_told = False

    @property
    def where(self) -> str:
        """Return the address, without its password."""
        return self._there.where

    def make_ready(self, sql: str, parameters: Mapping[str, Parameter] | None) -> None:
        """Copy what a question is about, and is not here yet. Errors: StoreError."""
        what = wanted(sql, parameters)
        with self._filling:
            if self._is_filling:
                # Who copies and judges asks this store, too.
                return
            now_ns = time.time_ns()
            since = what.since_ns or self._since_ns
            if self._copies.lacks(what, since, now_ns):
                self._is_filling = True
                try:
                    self._copies.fill(what, since, now_ns)
                except StoreUnavailable:
                    self._there.let_go()
                    raise
                finally:
                    self._is_filling = False
            self._tell(what, since)

    def _tell(self, what: Wanted, since: int) -> None:
        """Say once what is not here: an answer that is silent about it would be taken for the whole."""
        if self._is_told or what.trace_ids or what.beginning:
            return
        self._is_told = True
        logger.warning(
            "%s: read is what failed since %s; --since, or ?since=1d in the address, reads more; requests that did not "
            "fail stay there",
            self.where,
            iso(since),
        )

    def close(self) -> None:
        """Let go of the copy. May be called twice."""
        super().close()
        self._there.let_go()
        self._folder.cleanup()
