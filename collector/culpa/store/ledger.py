"""How far a segment is acknowledged, kept beside it: the least that the next open must find.

A write-ahead log that is short or gone looks to the engine like one that was never longer, and a file that was deleted
takes commits as before. So after each commit, and before anybody hears of it, the size of the log goes into a small
file, and the name must still lead to the file that was opened.
"""

import errno
import os
import struct
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from culpa.store.errors import StoreGone

#: The two headers of a DuckDB file, of which the one with the higher count is valid: block 4096 and block 8192,
#: each a checksum and then the number of checkpoints.
_COUNTS_AT = 4096 + 8
_COUNTS_BYTES = 4096 + 8
#: The start of a write-ahead log says to which file it belongs; the engine skips a log that it cannot tell, in silence.
HEAD_BYTES = 64
#: The note is written without waiting for the disk, and so often with it.
_SYNC_S = 5.0
#: What passes: no descriptor or no room left. So long it is waited for, as what is committed but not noted would be
#: stored a second time when its sender tries again.
_PASSING = (errno.EMFILE, errno.ENFILE, errno.ENOSPC, errno.EDQUOT)
_PATIENCE_S = 10.0
_Found = TypeVar("_Found")
_KIND = "culpa-acknowledged-1"
#: The end of a mark's name is its whole form: fixed width, so that it is written over in place.
_WIDTH = 20


@dataclass(frozen=True, slots=True)
class Mark:
    """`wal_bytes` of the write-ahead log, which begins with `head`, were acknowledged after so many `checkpoints`."""

    checkpoints: int
    wal_bytes: int
    head: int

    def line(self) -> bytes:
        """Return the mark as it is kept."""
        text = f"{_KIND} {self.checkpoints:0{_WIDTH}} {self.wal_bytes:0{_WIDTH}} {self.head:0{_WIDTH}}"
        return f"{text} {zlib.crc32(text.encode()):0{_WIDTH}}\n".encode()


def wal_of(segment: Path) -> Path:
    """Return the segment's write-ahead log."""
    return segment.with_name(f"{segment.name}.wal")


def mark_of(segment: Path) -> Path:
    """Return the file that holds the segment's mark."""
    return segment.with_name(f"{segment.name}.acknowledged")


def read_mark(segment: Path) -> Mark | None:
    """Return what the segment must hold at least; None where that is not known."""
    try:
        line = mark_of(segment).read_bytes()
        _, checkpoints, wal_bytes, head, _ = line.split()
        mark = Mark(int(checkpoints), int(wal_bytes), int(head))
    except (OSError, ValueError):
        return None
    # A power cut may leave zeros, or half of it: then nothing is known, which is no damage.
    return mark if line == mark.line() else None


def checkpoints_of(descriptor: int) -> int:
    """Return how many checkpoints a segment file has seen, 0 where it is too short to tell."""
    found = os.pread(descriptor, _COUNTS_BYTES, _COUNTS_AT)
    if len(found) < _COUNTS_BYTES:
        return 0
    counts: tuple[int, int] = struct.unpack("<Q4088xQ", found)
    return max(counts)


def wal_head(wal: Path) -> tuple[int, int]:
    """Return the size of a write-ahead log and what its start comes to; zeros where there is none."""
    try:
        descriptor = os.open(wal, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return 0, 0
    try:
        return os.fstat(descriptor).st_size, zlib.crc32(os.pread(descriptor, HEAD_BYTES, 0))
    finally:
        os.close(descriptor)


class Ledger:
    """The notes of one process on the segment that it writes.

    Promise: after `kill -9` the mark is that of the last acknowledged commit, or of the one before; after a power cut
    it may be some seconds older. It is never ahead of what is on the disk.
    """

    def __init__(self, segment: Path, where: str) -> None:
        """Hold on to the file, which the engine has open already."""
        self._segment = segment
        self._where = where
        # Closing it gives up the engine's lock on the file, which the system keeps by process: last of all.
        self._held = os.open(segment, os.O_RDONLY | os.O_CLOEXEC)
        self._is_closed = False
        self._identity = self._identify(os.fstat(self._held))
        self._mark: Mark | None = None
        self._kept = -1
        self._synced_at = time.monotonic()

    @property
    def has_noted(self) -> bool:
        """Say whether anything was committed since."""
        return self._mark is not None

    def check(self) -> None:
        """Do nothing while the name leads to the file. Errors: StoreGone."""
        try:
            found = self._identify(self._segment.stat())
        except OSError as error:
            raise self._gone(f"was deleted, moved away or unmounted ({error.strerror})") from error
        if found != self._identity:
            raise self._gone("was replaced by another file")

    def prepare(self) -> None:
        """Have room for the mark before anything is committed; later it would be stored, and told as not stored.

        Errors: StoreGone.
        """
        if self._kept >= 0:
            return
        try:
            self._kept = os.open(mark_of(self._segment), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            if not os.fstat(self._kept).st_size:
                os.pwrite(self._kept, bytes(len(Mark(0, 0, 0).line())), 0)
        except OSError as error:
            if self._kept >= 0:
                os.close(self._kept)
                self._kept = -1
            raise self._no_room(error) from error

    def note(self) -> int:
        """Remember what was just committed; return how many bytes the log has.

        Errors: StoreGone, and then nobody may be told that it is kept.
        """
        self.check()
        before = checkpoints_of(self._held)
        try:
            size, head = _patiently(lambda: wal_head(wal_of(self._segment)))
        except OSError as error:
            raise self._gone(f"has a write-ahead log that cannot be read ({error.strerror})") from error
        # While another thread checkpoints, size and count may be of two different logs: the older mark still holds.
        if checkpoints_of(self._held) != before:
            return size
        mark = Mark(before, size, head)
        if self._mark and self._mark.checkpoints == before and size < self._mark.wal_bytes:
            raise self._gone("has lost its write-ahead log")
        if mark != self._mark:
            self._keep(mark)
            self._mark = mark
        return size

    def tidy(self) -> None:
        """Remove the mark of a store whose log is in the file, which needs none; while the engine has its lock.

        Later another process may have the store, and the mark would be its own.
        """
        try:
            self.check()
            if not wal_head(wal_of(self._segment))[0]:
                mark_of(self._segment).unlink(missing_ok=True)
        except (OSError, StoreGone):
            # Whatever has the name now is not ours to tidy.
            pass

    def close(self) -> None:
        """Let go of the file, after the engine did. May be repeated."""
        if self._is_closed:
            return
        self._is_closed = True
        for descriptor in (self._kept, self._held):
            if descriptor >= 0:
                os.close(descriptor)

    def _keep(self, mark: Mark) -> None:
        try:
            _patiently(lambda: os.pwrite(self._kept, mark.line(), 0))
            if time.monotonic() - self._synced_at > _SYNC_S:
                os.fdatasync(self._kept)
                self._synced_at = time.monotonic()
        except OSError as error:
            raise self._no_room(error) from error

    def _no_room(self, error: OSError) -> StoreGone:
        return self._gone(f"has no room for its mark beside it ({error.strerror})")

    def _gone(self, what: str) -> StoreGone:
        return StoreGone(
            f"the file {self._segment} of store {self._where} {what}; put it back and it goes on, "
            "or restart to begin with what is there"
        )

    @staticmethod
    def _identify(status: os.stat_result) -> tuple[int, int]:
        return status.st_dev, status.st_ino


def _patiently(work: Callable[[], _Found]) -> _Found:
    """Do it, and again while what is in the way may pass. Errors: OSError."""
    give_up_at = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return work()
        except OSError as error:
            if error.errno not in _PASSING or time.monotonic() > give_up_at:
                raise
            time.sleep(0.02)
