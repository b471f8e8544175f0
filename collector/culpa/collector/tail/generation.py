"""One file on the disk, whatever it is called now, read from where reading stopped."""

import errno
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from culpa.collector.formats import Format, Found, Line, LineSplitter
from culpa.collector.tail.assembly import Assembly
from culpa.collector.tail.positions import Position, head_bytes, head_of, is_head
from culpa.store import open_other

#: As much is read at a time, so that one busy file does not hold up the others.
_CHUNK_BYTES = 1_048_576


def has_lost_its_end(size: int) -> bool:
    """Return whether a file that begins as before and is shorter goes on from its new end.

    A small one is read again, in case it was emptied and begins with what it always begins with; what is known of it is
    dropped when it is stored. A large one that loses its end again and again would be read for ever.
    """
    return size > _CHUNK_BYTES


@dataclass(frozen=True, slots=True)
class Progress:
    """What one reading gave: records, whether there is more, and lines that were cut."""

    records: Sequence[Found]
    has_more: bool
    cut_lines: int = 0


@dataclass
class Generation:
    """A log file that is open: it stays the same file when it is renamed."""

    path: Path  # by which the user named the log; not where the file may be now
    descriptor: int
    known: Format
    lines: LineSplitter
    records: Assembly
    inode: int
    read_to: int  # bytes that were read
    kept_to: int  # bytes whose records were handed out
    start: bytes = b""
    idle_polls: int = field(default=0)

    @classmethod
    def open(cls, path: Path, place: Path, known: Format, offset: int = 0) -> "Generation":
        """Open the file at `place` as a generation of the log `path`. Errors: OSError."""
        descriptor = open_other(place, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise OSError(errno.EINVAL, "it is not a regular file")
        return cls(
            path=path,
            descriptor=descriptor,
            known=known,
            lines=LineSplitter(offset),
            records=Assembly(descriptor, path, known),
            inode=status.st_ino,
            read_to=offset,
            kept_to=offset,
            start=head_bytes(descriptor),
        )

    @property
    def position(self) -> Position:
        """Return how far the records were handed out; a file of which nothing was is told by what it begins with."""
        head = head_of(self.start, self.kept_to or len(self.start))
        return Position(str(self.path), self.inode, head, self.kept_to)

    def is_truncated(self) -> bool:
        """Return whether the file was emptied, or emptied and filled again, since it was read."""
        size = os.fstat(self.descriptor).st_size
        now = head_bytes(self.descriptor)
        seen = head_of(self.start, self.read_to)
        if self.read_to and not is_head(seen, now):
            return True
        if size < self.read_to:
            if not has_lost_its_end(size):
                return True
            self.rewind(size)
        self.start = now
        return False

    def _after_hole(self) -> int:
        """Return where the next data is: one who writes on at its old place in an emptied file leaves a hole before."""
        try:
            return os.lseek(self.descriptor, self.read_to, os.SEEK_DATA)
        except OSError as error:
            return os.fstat(self.descriptor).st_size if error.errno == errno.ENXIO else 0

    def read(self) -> Progress:
        """Read on; return the records that are complete."""
        chunk = os.pread(self.descriptor, _CHUNK_BYTES, self.read_to)
        self.read_to += len(chunk)
        if not chunk:
            self.idle_polls += 1
            if self.idle_polls > 1:
                self.records.flush()
            return self._progress(has_more=False, cut=0)
        self.idle_polls = 0
        if not chunk.strip(b"\0") and (data_at := self._after_hole()) > self.read_to:
            self.rewind(data_at)
            return Progress((), has_more=True)
        if len(self.start) < self.read_to:
            self.start = head_bytes(self.descriptor)
        found = list(self.lines.feed(chunk))
        self.records.add(map(_unpadded, found))
        return self._progress(has_more=True, cut=sum(line.is_cut for line in found))

    def rest(self) -> Progress:
        """Return what is left of a file that nobody writes to any more: a half line, a record held back."""
        found = list(self.lines.rest())
        self.records.add(map(_unpadded, found))
        self.records.flush()
        return self._progress(has_more=False, cut=sum(line.is_cut for line in found))

    def rewind(self, offset: int) -> None:
        """Go back to a byte up to which all is stored: what was read behind it is read again."""
        self.lines, self.records = LineSplitter(offset), Assembly(self.descriptor, self.path, self.known)
        self.read_to = self.kept_to = offset

    def close(self) -> None:
        """Let go of the file."""
        os.close(self.descriptor)

    def _progress(self, *, has_more: bool, cut: int) -> Progress:
        records, self.kept_to = self.records.handed_out(self.lines.offset)
        return Progress(records, has_more, cut)


def _unpadded(line: Line) -> Line:
    """Return a line without the zeros before it: a hole ends within a block, and a power cut leaves zeros."""
    return line._replace(content=line.content.lstrip(b"\0")) if line.content.startswith(b"\0") else line
