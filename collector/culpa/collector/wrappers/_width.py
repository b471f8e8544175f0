"""A file that was copied out of a terminal, which broke its lines at the width of the window: they are put together."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise

from culpa.collector.formats import Line
from culpa.collector.wrappers._wrapping import HeldLine, Wrapper
from culpa.instrumentation.patterns import late_pattern

_NAME = "width"
#: No window is narrower, and in a wider one few lines are broken.
_LEAST, _MOST = 60, 240
#: So many lines as wide as the window show that it was one.
_FULL_LINES = 2
#: How a line of a log begins; what begins otherwise goes on with the line above, where that is full.
_BEGINS = late_pattern(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d ")


class _Joined(HeldLine):
    """Puts lines that are full together with those below them."""

    def __init__(self, width: int) -> None:
        self._width = width
        super().__init__()
        self._is_full = False

    def add(self, line: Line) -> Iterator[Line]:
        """Take the next line; yield the one that is whole by it."""
        goes_on = self._held is not None and self._is_full and not _BEGINS.match(line.content)
        if self._held is not None and goes_on:
            self._held = self._held._replace(content=self._held.content + line.content, end=line.end)
        else:
            yield from self.flush()
            self._held = line
        self._is_full = len(line.content) == self._width


def width(lines: Sequence[bytes]) -> Wrapper | None:
    """Return what puts the lines together of a window; None where not each odd line stands below a full one."""
    widest = max(map(len, lines))
    full = [line for line in lines if len(line) == widest]
    below = [(above, line) for above, line in pairwise(lines) if not _BEGINS.match(line)]
    if not (_LEAST <= widest <= _MOST and len(full) >= _FULL_LINES and below and _BEGINS.match(lines[0])):
        return None
    if any(len(above) != widest for above, _ in below):
        return None
    sample = "2026-05-01T10:00:00 INFO: ok"
    return Wrapper(_NAME, lambda line: _BEGINS.match(line) is not None, partial(_Joined, widest), (sample, "INFO: ok"))
