"""When the write-ahead log moves into the file: never while a snapshot of the two is read.

Refuses to make the checkpoint: it says when one may be made, and by whom.
"""

import threading
import time

#: From here on a checkpoint is made after the first commit at which nobody reads.
_WANTED_BYTES = 64 * 1024**2
#: And from here on while people ask: each process that reads a snapshot replays its log first, which takes 35 ms of CPU
#: for a megabyte, again and again; a checkpoint of 4 MB takes 20 to 250 ms, once.
_READ_BYTES = 4 * 1024**2
#: From here on new readers wait until those who read have ended and the checkpoint is made.
_NEEDED_BYTES = 256 * 1024**2
#: So long after a question others are expected: a page that is open asks every ten seconds. Units: seconds.
_ASKING_S = 30.0
#: At most one checkpoint in so long is made for readers' sake, however much arrives. Units: seconds.
_APART_S = 1.0


class Checkpoints:
    """Counts the readers of snapshots. Any thread may call."""

    def __init__(
        self, wanted_bytes: int = _WANTED_BYTES, needed_bytes: int = _NEEDED_BYTES, read_bytes: int = _READ_BYTES
    ) -> None:
        """Know of no reader and of an empty log."""
        self._wanted_bytes = wanted_bytes
        self._needed_bytes = needed_bytes
        self._read_bytes = read_bytes
        self._asked_at = self._made_at = float("-inf")
        self._changed = threading.Condition()
        self._readers = 0
        self._is_being_made = False
        #: Bytes of the log that are committed.
        self.wal_bytes = 0

    def ask(self) -> bool:
        """Note that somebody is about to read; return whether the caller makes a checkpoint first, and calls `done`."""
        with self._changed:
            self._asked_at = time.monotonic()
            return self._is_wanted() and self._readers == 0 and self._begin()

    def enter(self, timeout_s: float) -> bool:
        """Count one more reader and return True; False if a checkpoint was in the way for `timeout_s` seconds."""
        with self._changed:
            if not self._changed.wait_for(lambda: not self._is_blocked(), timeout_s):
                return False
            self._readers += 1
            return True

    def _is_blocked(self) -> bool:
        return self._is_being_made or (self._readers > 0 and self.wal_bytes >= self._needed_bytes)

    def leave(self) -> bool:
        """Count one reader less; return whether the caller has to make the checkpoint that others wait for."""
        with self._changed:
            self._readers -= 1
            is_due = self._readers == 0 and self.wal_bytes >= self._needed_bytes
            return self._begin() if is_due else self._tell()

    def begin(self) -> bool:
        """Return whether the caller, who has just committed, should make a checkpoint now, and call `done` after it."""
        with self._changed:
            return self._is_wanted() and self._readers == 0 and self._begin()

    def _is_wanted(self) -> bool:
        now = time.monotonic()
        is_for_readers = now - self._asked_at < _ASKING_S and now - self._made_at >= _APART_S
        return self.wal_bytes >= (min(self._read_bytes, self._wanted_bytes) if is_for_readers else self._wanted_bytes)

    def claim(self, timeout_s: float) -> bool:
        """Wait until nobody reads; then as `begin`, however small the log is. False if that took too long."""
        with self._changed:
            is_free = self._changed.wait_for(lambda: self._readers == 0 and not self._is_being_made, timeout_s)
            return is_free and self._begin()

    def done(self) -> None:
        """Let readers in again."""
        with self._changed:
            self._is_being_made = False
            self._made_at = time.monotonic()
            self._changed.notify_all()

    def _begin(self) -> bool:
        may_begin = not self._is_being_made
        self._is_being_made = True
        return may_begin

    def _tell(self) -> bool:
        self._changed.notify_all()
        return False
