"""The lines of a log without what stands around them, the oldest first."""

from collections.abc import Iterable, Iterator
from itertools import chain, groupby, islice

from culpa.collector.formats import Line, LineSplitter
from culpa.collector.wrappers import Unwrapper

#: So many lines of an export with the newest first are turned round; nobody's export has more.
_MOST_TURNED = 1_000_000


def lines_of(chunks: Iterable[bytes], unwrapper: Unwrapper) -> Iterator[Line]:
    """Yield the lines of a file that is given in pieces."""
    splitter = LineSplitter()
    complete = (line for chunk in chunks for line in splitter.feed(chunk))
    lines = (bare for line in chain(complete, splitter.rest()) for bare in unwrapper.add(line))
    whole = chain(lines, _late(unwrapper))
    return _turned(whole) if unwrapper.is_backwards else whole


def _late(unwrapper: Unwrapper) -> Iterator[Line]:
    yield from unwrapper.flush()


def _turned(lines: Iterator[Line]) -> Iterator[Line]:
    """Yield the last row first; the lines of one row stay as they stand."""
    rows = [list(row) for _, row in groupby(islice(lines, _MOST_TURNED), key=lambda line: line.offset)]
    for row in reversed(rows):
        yield from row
    yield from lines
