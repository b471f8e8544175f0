"""Look at a store again and again: what is behind the failed requests just now, and the newest of them."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from culpa.analysis.surface.filters import Filters
from culpa.analysis.surface.session import Session
from culpa.analysis.surface.session import open as open_session
from culpa.store import StoreError, StoreLocked, StoreNotFound, StoreUnavailable

#: Somebody who waits wants to know why.
_PATIENCE_S: Final = 5.0
#: How often an answer is waited for in between: what a key press may take to be seen.
_GLANCE_S: Final = 0.1

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Look:
    """What one look has seen: rows as `Rows.json()` gives them, of the place that was read."""

    where: str
    problems: list[Row]
    verdicts: list[Row]


@dataclass(slots=True)
class Watched:
    """A place to look at. '' is where the commands look, until one of these places answers; then it is that one."""

    where: str
    token: str | None
    filters: Filters
    problems: int
    verdicts: int
    has_answered: bool = False
    held: Session | None = None

    def look(self) -> Look:
        """Open the place, ask, and let go of it: a file may be written in between. Errors: StoreError.

        What is no file is held open: what was brought from there once is not brought again.
        """
        session, self.held = self.held or open_session(self.where or None, token=self.token), None
        try:
            problems = session.problems(filters=self.filters, limit=self.problems).json() if self.problems else []
            verdicts = session.verdicts(filters=self.filters, limit=self.verdicts).json()
            self.where, self.has_answered = session.where, True
            return Look(session.where, problems, verdicts)
        finally:
            if "://" in session.where:
                self.held = session
            else:
                session.close()

    def may_pass(self, error: StoreError) -> bool:
        """Say whether it makes sense to try again: always where it went well before."""
        is_waited_for = isinstance(error, StoreNotFound) and not self.where
        return self.has_answered or is_waited_for or isinstance(error, StoreUnavailable | StoreLocked)


def looks(watched: Watched, every_s: float, has_ended: Callable[[float], bool]) -> Iterator[Look | StoreError]:
    """Look every so often; yield what is seen, or why nothing is. Units: seconds.

    `has_ended` waits so long, or returns True earlier when it is over. Errors: StoreError that no waiting will mend.
    """
    while True:
        began = time.monotonic()
        answers: queue.SimpleQueue[Look | Exception] = queue.SimpleQueue()
        # Who hangs does not keep us from ending: not even the interpreter waits for it.
        threading.Thread(target=_answer, args=(watched, answers), daemon=True).start()
        is_late = False
        while answers.empty():
            if has_ended(_GLANCE_S):
                return
            if not is_late and time.monotonic() - began > _PATIENCE_S:
                is_late = True
                yield StoreUnavailable(f"{watched.where or 'the store'} has not answered for {_PATIENCE_S:.0f} s")
        answer = answers.get()
        if isinstance(answer, Exception) and not (isinstance(answer, StoreError) and watched.may_pass(answer)):
            raise answer
        yield answer
        if has_ended(max(0.0, every_s - (time.monotonic() - began))):
            return


def _answer(watched: Watched, answers: "queue.SimpleQueue[Look | Exception]") -> None:
    try:
        answers.put(watched.look())
    except Exception as error:  # whatever it is: it is raised where it is waited for
        answers.put(error)
