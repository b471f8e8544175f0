"""What waits to be sent, and the one thread that sends it.

The SDK's batch processor starts its thread anew in every forked child, waits for it with locks that gevent replaces,
and cannot be told for how long to flush. Here the thread begins with the first item of a process: a child that only
runs a command, or leaves by `os._exit`, has none.
"""

import os
from collections import deque
from time import monotonic
from typing import Any, Generic, TypeVar

from opentelemetry.context import (
    _SUPPRESS_INSTRUMENTATION_KEY,  # pyright: ignore[reportPrivateUsage]  # no public way
    attach,
    set_value,
)

from culpa.instrumentation import native
from culpa.instrumentation.report import guarded, say_once

#: Seconds. What belongs to the same failure comes within this time of each other and goes out in one request.
_GATHER_S = 0.03
#: An ending process waits for so long in all, however many signals have something left.
_EXIT_S = 0.8
_LOOK_S = 0.002

T = TypeVar("T")


class Outbox(Generic[T]):
    """A bounded queue; when it is full the oldest items go.

    Promise: nothing here blocks the program but `force_flush` and `shutdown`, and those for a bounded time.
    """

    #: When the process must be done with sending, once it has begun to end.
    _end_s = 0.0

    def __init__(self, exporter: Any, what: str, *, delay_ms: float, batch: int, capacity: int) -> None:
        self._exporter = exporter
        self._what = what
        self._delay_s = delay_ms / 1000
        self._batch = batch
        self._queue: deque[T] = deque(maxlen=capacity)
        self._is_over = False
        self.forget()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.forget)

    def forget(self) -> None:
        """Start anew, as a forked child must: what waits is its parent's to send, and so is the thread."""
        self._queue.clear()
        self._bell = native.Bell()
        self._pid = os.getpid()
        self._has_thread = False
        self._is_sending = False
        self._is_urgent = False

    def emit(self, item: T) -> None:
        """Queue an item; it goes out within the delay."""
        if self._is_over:
            return
        if self._pid != os.getpid():
            self.forget()  # forked by C code, which told nobody
        if len(self._queue) == self._queue.maxlen:
            say_once(f"full {self._what}", f"more {self._what} than can be sent: the oldest are dropped")
        self._queue.append(item)
        if not self._has_thread:
            self._start()
        if len(self._queue) >= self._batch:
            self._bell.ring()

    def hurry(self) -> None:
        """Send what there is a moment from now; returns at once."""
        self._is_urgent = True
        self._bell.ring()

    def force_flush(self, timeout_millis: float | None = None) -> bool:
        """Wait until all is sent, for so long at most; return whether it is."""
        self._wait_until(monotonic() + (30_000 if timeout_millis is None else timeout_millis) / 1000)
        return not self._queue

    def shutdown(self, timeout_millis: float = 0) -> None:
        """Send what is queued, for at most 0.8 s over all the outboxes of the process."""
        if self._is_over:
            return
        Outbox._end_s = Outbox._end_s or monotonic() + _EXIT_S
        self._wait_until(Outbox._end_s)
        self._is_over = True
        self._bell.ring()
        self._exporter.shutdown()

    def _wait_until(self, end_s: float) -> None:
        if not self._queue and not self._is_sending:
            return
        if not self._has_thread and not self._start():
            self._send_all()  # an ending process gets no new thread: the exporter's own time limit holds
        self._bell.ring()
        while (self._queue or self._is_sending) and monotonic() < end_s:
            native.sleep(_LOOK_S)

    def _start(self) -> bool:
        self._has_thread = bool(self._try_to_start())
        return self._has_thread

    @guarded("starting the thread that sends telemetry")
    def _try_to_start(self) -> bool:
        native.start(self._run)
        return True

    def _run(self) -> None:
        bell = self._bell
        attach(set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))
        while not self._is_over:
            bell.wait(self._delay_s)
            if self._is_urgent and not self._is_over:
                native.sleep(_GATHER_S)
            self._send_all()

    def _send_all(self) -> None:
        self._is_urgent = False
        while self._queue and not self._is_over:
            self._is_sending = True
            try:
                self._send(self._take())
            finally:
                self._is_sending = False

    def _take(self) -> list[T]:
        return [self._queue.popleft() for _ in range(min(self._batch, len(self._queue)))]

    @guarded("sending telemetry")
    def _send(self, items: list[T]) -> None:
        self._exporter.export(items)
