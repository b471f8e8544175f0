"""From bytes to records: lines with their offsets, and lines that continue a record put together.

Both work on whatever pieces a file gives, keep what is not complete, and are bounded in memory.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from culpa.collector.formats._extent import SHORT_LINE
from culpa.collector.formats._format import Format, Record
from culpa.collector.formats._wrapping import BARE, Wrapping

#: A longer line of a log is cut: nobody reads it, and it must not fill the memory.
MAX_LINE_BYTES = 1_048_576

#: Characters of each of a file's first lines that say what it is; enough for any server's line of JSON.
FIRST_LINE = 65_536

#: More lines than any stack trace that says something new.
_MAX_RECORD_LINES = 1_000
#: More characters than are kept of it.
_MAX_RECORD_CHARS = 4 * MAX_LINE_BYTES


class Line(NamedTuple):
    """One line without its end."""

    content: bytes
    offset: int
    end: int  # of the byte behind its line end
    is_cut: bool = False
    number: int = 0  # from 1
    wrapping: Wrapping = BARE  # what stood around it and was taken off


class LineSplitter:
    """Splits a stream of bytes into lines, keeping the last one until its end arrives."""

    def __init__(self, offset: int = 0, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        """Begin at a byte offset of the file."""
        self._offset = offset
        self._max = max_line_bytes
        self._kept = b""
        self._dropped = 0
        self._number = 0

    @property
    def offset(self) -> int:
        """Return the offset of the first byte of the line that is not complete."""
        return self._offset

    def feed(self, chunk: bytes) -> Iterator[Line]:
        """Yield the lines that are complete now."""
        pieces = chunk.split(b"\n")
        for piece in pieces[:-1]:
            self._add(piece)
            yield self._line(1)
        self._add(pieces[-1])

    def rest(self) -> Iterator[Line]:
        """Yield the last line of a file that does not end with a line end."""
        if self._kept:
            yield self._line(0)

    def _add(self, piece: bytes) -> None:
        room = self._max - len(self._kept)
        self._kept += piece[:room]
        self._dropped += max(len(piece) - room, 0)

    def _line(self, ending: int) -> Line:
        start = self._offset
        self._offset = start + len(self._kept) + self._dropped + ending
        self._number += 1
        line = Line(self._kept.removesuffix(b"\r"), start, self._offset, self._dropped > 0, self._number)
        self._kept, self._dropped = b"", 0
        return line


class RecordAssembler:
    """Puts the lines of one file together to records of its format."""

    def __init__(self, known: Format) -> None:
        """Begin with the first line of a file, or the one at which reading starts."""
        self._begins = known.begins
        self._continues = known.continues
        self._dates = known.dates
        self._lines: list[str] = []
        self._heads: list[str] = []  # what of each is shown to the format: it looks at them again and again
        self._chars = 0
        self._first = Line(b"", 0, 0)
        self._end = 0
        self._dated = ""  # the last line that bears a time
        self._dated_before = ""  # the one before the record that is held back

    @property
    def held_from(self) -> int | None:
        """Return where the record begins that is held back because more of its lines may come; None if none is."""
        return self._first.offset if self._lines else None

    def takes(self, head: str) -> bool:
        """Return whether a line goes on with the record that is held back."""
        return bool(self._lines) and self._belongs(head)

    def add(self, line: Line) -> Sequence[Record]:
        """Take the next line; return the record that is complete by it, if one is."""
        words = line.content.decode("utf-8", "replace")
        if self._begins is None:
            found: Sequence[Record] = ()
            if words.strip():
                place = (line.offset, line.end, line.number, self._dated)
                found = (Record(words, *place, line.wrapping, line.is_cut),)
        else:
            found = self._held_with(line, words)
        # A wrapper's time is that of the line itself: no line before it tells it better.
        if self._dates and not line.wrapping.time and self._dates(words[:SHORT_LINE]):
            self._dated = words
        return found

    def flush(self) -> Sequence[Record]:
        """Return the record that is held back, if one is."""
        if not self._lines:
            return ()
        lines, self._lines = self._lines, []
        text = "\n".join(lines).rstrip()
        first = self._first
        place = (first.offset, self._end, first.number, self._dated_before)
        return (Record(text, *place, first.wrapping, first.is_cut),)

    def _held_with(self, line: Line, words: str) -> Sequence[Record]:
        """Hold the line back; return the record before it if it begins a new one."""
        head = words[:SHORT_LINE]
        if self._lines and self._belongs(head):
            self._lines.append(words)
            self._heads.append(head)
            self._chars += len(words)
            self._end = line.end
            return ()
        found = self.flush()
        if words.strip():
            self._lines, self._first, self._end = [words], line, line.end
            self._heads = [head]
            self._chars = len(words)
            self._dated_before = self._dated
        return found

    def _belongs(self, head: str) -> bool:
        if len(self._lines) >= _MAX_RECORD_LINES or self._chars > _MAX_RECORD_CHARS:
            return False
        if self._begins is None or not self._begins(head):
            return True
        return self._continues is not None and self._continues(self._heads, head)
