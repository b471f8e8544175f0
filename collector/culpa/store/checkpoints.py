"""When the write-ahead log moves into the file: never while a snapshot of the two is read.

Refuses to make the checkpoint: it says when one may be made, and by whom.
"""

import threading

#: From here on a checkpoint is made after the first commit at which nobody reads.
_WANTED_BYTES = 64 * 1024**2
#: From here on new readers wait until those who read have ended and the checkpoint is made.
_NEEDED_BYTES = 256 * 1024**2


class Checkpoints:
    """Counts the readers of snapshots. Any thread may call."""

    def __init__(self, wanted_bytes: int = _WANTED_BYTES, needed_bytes: int = _NEEDED_BYTES) -> None:
        """Know of no reader and of an empty log."""
        self._wanted_bytes = wanted_bytes
        self._needed_bytes = needed_bytes
        self._changed = threading.Condition()
        self._readers = 0
        self._is_being_made = False
        #: Bytes of the log that are committed.
        self.wal_bytes = 0

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
            return self.wal_bytes >= self._wanted_bytes and self._readers == 0 and self._begin()

    def claim(self, timeout_s: float) -> bool:
        """Wait until nobody reads; then as `begin`, however small the log is. False if that took too long."""
        with self._changed:
            is_free = self._changed.wait_for(lambda: self._readers == 0 and not self._is_being_made, timeout_s)
            return is_free and self._begin()

    def done(self) -> None:
        """Let readers in again."""
        with self._changed:
            self._is_being_made = False
            self._changed.notify_all()

    def _begin(self) -> bool:
        may_begin = not self._is_being_made
        self._is_being_made = True
        return may_begin

    def _tell(self) -> bool:
        self._changed.notify_all()
        return False
