"""Hand on what was received: into each destination's queue before the sender is answered, and out of it by a thread.

A sender waits for the queue's file, never for a backend; and where more waits for the file than `_WAITED_FOR` it does
not even wait for that, until at `_MOST_HELD` the oldest is dropped. Of a store it always waits, and nothing is dropped.
"""

import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from culpa.onward.counts import Counts
from culpa.onward.destinations import Destination
from culpa.onward.elsewhere import poster
from culpa.onward.house import House
from culpa.onward.pauses import Pauses
from culpa.onward.post import NotTaken, pack
from culpa.onward.queue import AT_ONCE_BYTES, Queue, Waiting

logger = logging.getLogger("culpa.onward")

#: Bytes of bodies on their way into the files, in memory.
_WAITED_FOR: Final = 8 * 1024**2
_MOST_HELD: Final = 64 * 1024**2
#: In one transaction.
_GROUP: Final = 100
#: A sender thread looks so often where nothing came. Seconds.
_STEP_S: Final = 1.0
#: So long what came may take into the queues at the end.
_DRAIN_S: Final = 10.0


class _Body(NamedTuple):
    signal: str
    body: bytes
    is_json: bool
    done: Callable[[], None] | None


class Line:
    """What leads to one destination: its queue, and a thread that empties it."""

    def __init__(self, house: House, destination: Destination, counts: Counts) -> None:
        """Open the queue. Errors: OSError, sqlite3.Error."""
        self.to = destination
        place = house.folder("onward") / f"{destination.name}.queue"
        self.queue = Queue(place, destination.queue_bytes, is_safe=destination.is_store)
        self._counts = counts
        self._poster = poster(destination, counts)
        self._pauses = Pauses()
        self._said = ""
        self._gathering_since: float | None = None  # time.monotonic() of the first that waits to be gathered

    def run(self, stopping: threading.Event, came: threading.Event, is_drained: threading.Event) -> None:
        """Send until `stopping`; what is gathered is sent when all that came is in the queue."""
        while not stopping.is_set():
            try:
                if not (self._pauses.is_over(time.monotonic()) and self._send()):
                    came.wait(_STEP_S)
                    came.clear()
            except Exception:
                logger.exception("handing on to %s went wrong; it goes on", self.to.name)
                stopping.wait(_STEP_S)
        try:
            if self._poster.gather_s and is_drained.wait(_DRAIN_S):
                while self._send(is_last=True):
                    pass
        except Exception:
            logger.exception("handing on to %s went wrong at the end; it waits for the next start", self.to.name)
        self._poster.close()

    def _send(self, *, is_last: bool = False) -> bool:
        """Send the oldest, if it is time to; say whether more may follow at once."""
        if not (is_last or self._is_due()):
            return False
        at_once = self._poster.at_once
        # One by itself may have made way in the queue meanwhile.
        some = self.queue.together(at_once) if at_once > 1 else self.queue.first()
        if not some:
            return False
        self._gathering_since = None
        try:
            refused = self._poster.post_all(some)
        except NotTaken as error:
            self._complain(str(error))
            if not error.is_final:
                self._pauses.failed(time.monotonic(), error.wait_s)
                return False
            refused = len(some)
        else:
            self._said = ""
        self._pauses.went_well()
        self.queue.remove(some)
        for outcome, count in (("sent", len(some) - refused), ("refused", refused)):
            if count:
                self._counts.count(self.to.name, outcome, count)
        return True

    def _is_due(self) -> bool:
        """Say whether enough is gathered, or for long enough."""
        gather_s = self._poster.gather_s
        if not gather_s or self.queue.is_tried or self.queue.bytes >= AT_ONCE_BYTES:
            return True
        if not self.queue.bytes:
            return False
        now = time.monotonic()
        self._gathering_since = self._gathering_since or now
        return now - self._gathering_since >= gather_s

    def _complain(self, text: str) -> None:
        """Say once what is wrong, until it is something else, or well again."""
        if text != self._said:
            self._said = text
            logger.warning("telemetry waits or is refused: %s", text)


class Relay:
    """Takes bodies from where they are committed, and brings them into the queues."""

    def __init__(self, house: House, lines: Sequence[Line], counts: Counts) -> None:
        """Start the threads."""
        self._house = house
        self._lines = lines
        self._is_store = any(line.to.is_store for line in lines)
        self._counts = counts
        self._bodies: deque[_Body] = deque()
        self._held_bytes = 0
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._is_drained = threading.Event()
        self._came = [threading.Event() for _ in lines]
        self._keeper = threading.Thread(target=self._run, name="culpa-onward", daemon=True)
        self._senders = [
            threading.Thread(
                target=line.run,
                args=(self._stopping, came, self._is_drained),
                name=f"culpa-relay-{line.to.name}",
                daemon=True,
            )
            for line, came in zip(lines, self._came, strict=True)
        ]
        for thread in (self._keeper, *self._senders):
            thread.start()
        house.listen(self.take)

    def take(self, signal: str, body: bytes, done: Callable[[], None], *, is_json: bool) -> None:
        """Take a body; `done` is called when it is in the queues, or at once where too much is on its way there."""
        if self._stopping.is_set():
            # The last requests, which end after the thread has: their sender waits for nobody else.
            self._keep_all([_Body(signal, body, is_json, done)])
            return
        freed: list[_Body] = []
        with self._changed:
            is_waited_for = self._is_store or self._held_bytes < _WAITED_FOR
            self._bodies.append(_Body(signal, body, is_json, done if is_waited_for else None))
            self._held_bytes += len(body)
            while self._held_bytes > _MOST_HELD and not self._is_store:
                freed.append(self._bodies.popleft())
                self._held_bytes -= len(freed[-1].body)
            self._changed.notify()
        if not is_waited_for:
            done()
        self._let_go(freed)

    def _let_go(self, dropped: Sequence[_Body]) -> None:
        for line in self._lines if dropped else ():
            self._counts.count(line.to.name, "dropped", len(dropped))
        for one in dropped:
            if one.done:
                one.done()

    def close(self, leave_s: float) -> None:
        """Bring what came into the queues, and end within so many seconds."""
        with self._changed:
            self._stopping.set()
            self._changed.notify()
        self._keeper.join(leave_s)
        self._is_drained.set()
        for thread, came in zip(self._senders, self._came, strict=True):
            came.set()
            thread.join(leave_s)

    def _run(self) -> None:
        while group := self._next():
            self._keep_all(group)

    def _keep_all(self, group: Sequence[_Body]) -> None:
        for line in self._lines:
            try:
                self._keep(line, group)
            except Exception:
                logger.exception("what came could not be handed on to %s", line.to.name)
                self._counts.count(line.to.name, "dropped", len(group))
        for one in group:
            if one.done:
                one.done()
        for came in self._came:
            came.set()

    def _next(self) -> list[_Body]:
        """Wait for bodies; none when it is over, and nothing is left."""
        with self._changed:
            while not self._bodies and not self._stopping.is_set():
                self._changed.wait()
            group = [self._bodies.popleft() for _ in range(min(_GROUP, len(self._bodies)))]
            self._held_bytes -= sum(len(one.body) for one in group)
            return group

    def _keep(self, line: Line, group: Sequence[_Body]) -> None:
        waiting: list[Waiting] = []
        for one in group:
            body = one.body
            if line.to.telemetry == "redacted":
                try:
                    body = self._house.redacted(one.signal, body, is_json=one.is_json)
                except ValueError as error:
                    # What cannot be redacted does not leave.
                    logger.warning("a body is not handed on to %s: %s", line.to.name, error)
                    self._counts.count(line.to.name, "unreadable", 1)
                    continue
            waiting.append(Waiting(one.signal, pack(body), one.is_json))
        try:
            dropped = line.queue.add(waiting)
        except sqlite3.Error as error:
            logger.error("the queue of %s takes nothing: %s", line.to.name, error)
            dropped = len(waiting)
        self._counts.count(line.to.name, "dropped", dropped)
