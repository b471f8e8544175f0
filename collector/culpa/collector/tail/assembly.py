"""Put the lines of one file that grows together to records, and know how far all of them were handed out."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from culpa.collector.formats import Format, Found, Line
from culpa.collector.wrappers import Unwrapper, streams_for, unwrapper_of

#: As much of a file's beginning tells what its lines are wrapped in, and so many of its lines.
_HEAD_BYTES = 65_536
_HEAD_LINES = 200
#: With so many lines the wrappers are known, also if there are none.
_ENOUGH_LINES = 50


class Assembly:
    """Takes the wrappers off, keeps streams apart, and hands records out in such an order that no byte is skipped.

    Streams lie in one another: a record is handed out when nothing before its end is held back.
    """

    def __init__(self, descriptor: int, path: Path, wanted: Format) -> None:
        """Begin with any line of the file at `path`; `wanted` is the format of all that is in the wrappers."""
        self._descriptor = descriptor
        self._path = path
        self._wanted = wanted
        self._unwrapper = Unwrapper()
        self._is_settled = False
        self._streams = streams_for(path.name, self._unwrapper, wanted)
        self._waiting: list[Found] = []
        self._number = 0  # of the last line
        self._numbers = (0, 0)  # what it was at the last two readings

    def add(self, lines: Iterable[Line]) -> None:
        """Take the lines that one reading gave."""
        if not self._is_settled:
            self._find_wrappers()
        for line in lines:
            self._number = line.number
            for bare in self._unwrapper.add(line):
                self._waiting += self._streams.add(bare)
        # A stream that said nothing while others spoke twice: its record is whole.
        self._waiting += self._streams.silent_since(self._numbers[0])
        self._numbers = (self._numbers[1], self._number)

    def flush(self) -> None:
        """Take what is held back as whole: nobody wrote for a while."""
        for bare in self._unwrapper.flush():
            self._waiting += self._streams.add(bare)
        self._waiting += self._streams.flush()

    def handed_out(self, read_to: int) -> tuple[Sequence[Found], int]:
        """Return records, and the byte up to which all were handed out; all lines before `read_to` were added."""
        held = (self._unwrapper.held_from, self._streams.held_from, read_to)
        limit = min(at for at in held if at is not None)
        for found in sorted(self._waiting, key=lambda each: each.record.end, reverse=True):
            if found.record.end > limit:
                limit = min(limit, found.record.offset)
        ready = [found for found in self._waiting if found.record.end <= limit]
        self._waiting = [found for found in self._waiting if found.record.end > limit]
        return ready, limit

    def _find_wrappers(self) -> None:
        lines = os.pread(self._descriptor, _HEAD_BYTES, 0).split(b"\n")[:-1][:_HEAD_LINES]
        self._unwrapper = unwrapper_of(lines).of_file(str(self._path))
        self._is_settled = bool(self._unwrapper.names) or len(lines) >= _ENOUGH_LINES
        if self._unwrapper.names:
            self._waiting += self._streams.flush()
            self._streams = streams_for(self._path.name, self._unwrapper, self._wanted)
