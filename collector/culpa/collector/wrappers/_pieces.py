"""A wrapper whose lines tell all by themselves, but for long ones that came in pieces."""

from collections.abc import Callable, Iterator

from culpa.collector.formats import Line
from culpa.collector.wrappers._wrapping import Taken

#: As much of a line in pieces is kept; more streams with an open line than this give up the oldest.
_MAX_BYTES = 1_048_576
_MAX_OPEN = 256


class PieceLayer:
    """Takes each line apart, and joins the pieces of one line by stream."""

    def __init__(self, take: Callable[[bytes], Taken | None]) -> None:
        """Take lines apart with `take`, which returns None for one that is not wrapped."""
        self._take = take
        self._open: dict[str, Line] = {}

    def add(self, line: Line) -> Iterator[Line]:
        """Take the next line; yield what is complete by it."""
        taken = self._take(line.content)
        if taken is None:
            yield line
            return
        wrapping = line.wrapping.around(taken.wrapping)
        found = line._replace(content=taken.words, wrapping=wrapping)
        if self._open and wrapping.stream in self._open:
            found = _joined(self._open.pop(wrapping.stream), found)
        if not taken.is_partial:
            # An export writes a record of several lines as one text.
            yield from _lines_of(found) if b"\n" in found.content else (found,)
            return
        self._open[wrapping.stream] = found
        if len(self._open) > _MAX_OPEN:
            yield self._open.pop(next(iter(self._open)))

    @property
    def held_from(self) -> int | None:
        """Return where the first line begins of which more may come; None if all are whole."""
        return min((line.offset for line in self._open.values()), default=None)

    def flush(self) -> Iterator[Line]:
        """Yield lines whose last piece did not come."""
        left, self._open = self._open, {}
        yield from left.values()


def _lines_of(line: Line) -> Iterator[Line]:
    for content in line.content.split(b"\n"):
        yield line._replace(content=content.removesuffix(b"\r"))


def _joined(first: Line, more: Line) -> Line:
    room = _MAX_BYTES - len(first.content)
    is_cut = first.is_cut or more.is_cut or room < len(more.content)
    return first._replace(content=first.content + more.content[:room], end=more.end, is_cut=is_cut)
