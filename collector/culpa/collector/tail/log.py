"""One log as the user named it: the file that has the name now, and those that had it and may still grow."""

import logging
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from culpa.collector.formats import Format
from culpa.collector.tail.generation import Generation, has_lost_its_end
from culpa.collector.tail.positions import Position, is_head
from culpa.collector.tail.siblings import is_of, unread

logger = logging.getLogger("culpa.collector")

#: A server goes on writing to a renamed file until it is told to open a new one.
_SILENCE_S = 30.0
#: So many files of a log are told from new ones.
_REMEMBERED = 1_000


class FollowedLog:
    """Knows which files hold the lines of a log that were not read yet."""

    def __init__(self, path: Path, known: Format, positions: Sequence[Position] = ()) -> None:
        """Go on where `positions` (of this log, oldest first) say; else begin with the file's first line."""
        self.path = path
        self.known = known
        #: Where files were left that are not open now, oldest first.
        self._seen = list(positions)
        self._current: Generation | None = None
        self._leaving: list[tuple[Generation, float]] = []
        self._is_said = False

    def generations(self) -> Iterator[Generation]:
        """Yield the files to read on, older ones first, after opening what appeared."""
        self._follow()
        yield from [generation for generation, _ in self._leaving]
        if self._current:
            yield self._current

    def left(self) -> Iterator[Generation]:
        """Yield the rotated files that nobody wrote to for a while: for their rest, before `forget`."""
        now = time.monotonic()
        for at, (generation, heard_at) in enumerate(self._leaving):
            if generation.idle_polls == 0:
                self._leaving[at] = (generation, now)
            elif now - heard_at > _SILENCE_S:
                yield generation

    def forget(self, generation: Generation) -> None:
        """Close a rotated file."""
        self._leaving = [each for each in self._leaving if each[0] is not generation]
        self._seen.append(generation.position)
        generation.close()

    def close(self) -> None:
        """Let go of all files."""
        for generation, _ in self._leaving:
            generation.close()
        if self._current:
            self._current.close()
        self._leaving, self._current = [], None

    def _follow(self) -> None:
        current = self._current
        if current and current.is_truncated():
            self._rewind(current)
        elif current is None or self._is_replaced(current):
            self._open()

    def _is_replaced(self, current: Generation) -> bool:
        try:
            status = self.path.stat()
        except OSError:
            # Renamed, and no new file yet: its server still writes to it.
            return False
        return status.st_ino != current.inode or status.st_dev != os.fstat(current.descriptor).st_dev

    def _rewind(self, current: Generation) -> None:
        """Begin anew with a file that was emptied; what was not read of it is in the copy, if any."""
        self._seen.append(current.position)
        current.close()
        self._current = None
        self._open()

    def _open(self) -> None:
        try:
            opened = Generation.open(self.path, self.path, self.known)
        except OSError as error:
            self._say(error)
            return
        self._is_said = False
        if self._current:
            self._seen.append(self._current.position)
            self._leaving.append((self._current, time.monotonic()))
        self._current = self._resumed(opened)

    def _resumed(self, opened: Generation) -> Generation:
        """Move a file that was just opened to where it was left, and pick up what was rotated since."""
        if not self._seen:
            return opened
        status = os.fstat(opened.descriptor)
        size = status.st_size
        offsets = [
            position.offset
            for position in self._seen
            if is_of(position, opened.inode, opened.start, size, status.st_mtime_ns)
        ]
        if has_lost_its_end(size) and any(is_head(one.head, opened.start) and one.offset > size for one in self._seen):
            offsets.append(size)
        for place, offset in unread(self.path, self._seen, is_current_known=bool(offsets)):
            self._pick_up(place, offset, opened)
        del self._seen[:-_REMEMBERED]
        if not any(offsets):
            return opened
        opened.close()
        return Generation.open(self.path, self.path, self.known, max(offsets))

    def _pick_up(self, place: Path, offset: int, opened: Generation) -> None:
        try:
            generation = Generation.open(self.path, place, self.known, offset)
        except OSError as error:
            self._say(error)
            return
        if generation.inode in {opened.inode, *(leaving.inode for leaving, _ in self._leaving)}:
            generation.close()
        else:
            self._leaving.append((generation, time.monotonic()))

    def _say(self, error: OSError) -> None:
        if not self._is_said:
            self._is_said = True
            wait = "it is awaited" if isinstance(error, FileNotFoundError) else "it is tried again"
            logger.warning("cannot follow %s: %s; %s", self.path, error.strerror, wait)
