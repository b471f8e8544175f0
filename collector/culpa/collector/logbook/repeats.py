"""A line that is the same as one of the minute before is counted, not written."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

#: A line is written once in so long.
WITHIN_S = 60.0
#: So many different lines are remembered: a stranger may cause as many as he likes.
_MOST = 256


@dataclass
class _Said:
    """A line that was written, and how often it would have been since."""

    record: logging.LogRecord
    until: float
    more: int = 0


class Unrepeated(logging.Handler):
    """Hands each line on to another handler once a minute, and then says how many more there were."""

    def __init__(self, handler: logging.Handler, within_s: float = WITHIN_S) -> None:
        """Hand on to `handler`; a line is the same for `within_s` seconds."""
        super().__init__()
        self._handler = handler
        self._within_s = within_s
        self._said: OrderedDict[tuple[object, ...], _Said] = OrderedDict()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sweep, name="culpa-log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, or count it."""
        now = time.monotonic()
        error = record.exc_info[1] if record.exc_info else None
        key = (record.name, record.levelno, record.getMessage(), type(error), str(error))
        known = self._said.get(key)
        if known and known.until > now:
            known.more += 1
            return
        if known:
            self._tell(self._said.pop(key))
        self._said[key] = _Said(record, now + self._within_s)
        while len(self._said) > _MOST:
            self._tell(self._said.popitem(last=False)[1])
        self._handler.handle(record)

    def _sweep(self) -> None:
        """Say of lines whose minute is over how many more there were."""
        while not self._ended.wait(min(1.0, self._within_s / 4)):
            now = time.monotonic()
            with self._alone():
                for key in [key for key, said in self._said.items() if said.until <= now]:
                    self._tell(self._said.pop(key))

    @contextmanager
    def _alone(self) -> Generator[None]:
        """Hold the lock that `emit` is called with."""
        self.acquire()
        try:
            yield
        finally:
            self.release()

    def _tell(self, said: _Said) -> None:
        if not said.more:
            return
        first = said.record
        text = f"… and {said.more:,} more: {first.getMessage()}"
        record = logging.LogRecord(first.name, first.levelno, first.pathname, first.lineno, text, None, None)
        record.attributes = {**getattr(first, "attributes", {}), "culpa.log.repeated": said.more}
        self._handler.handle(record)

    def close(self) -> None:
        """Say what was counted so far, and end."""
        self._ended.set()
        with self._alone():
            for said in self._said.values():
                self._tell(said)
            self._said.clear()
        super().close()
