"""Find the wrappers of a file by its first lines, outermost first, and take them off line by line."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from culpa.collector.formats import BARE, Line, Source
from culpa.collector.wrappers._blocks import JOURNAL_EXPORT, SUPERVISOR
from culpa.collector.wrappers._dated import AMERICAN, DATED, STUCK
from culpa.collector.wrappers._dressing import time_of
from culpa.collector.wrappers._indent import indentation
from culpa.collector.wrappers._named import APP_PLATFORM, KAIL, KUBETAIL, details_of
from culpa.collector.wrappers._objects import OBJECTS
from culpa.collector.wrappers._open_texts import open_texts
from culpa.collector.wrappers._paths import wrapping_of
from culpa.collector.wrappers._peeled import PREFIX, peeled
from culpa.collector.wrappers._prefixes import PREFIXES
from culpa.collector.wrappers._quoted import DOUBLE_SPACED, QUOTED, is_double_spaced
from culpa.collector.wrappers._tables import TABLE
from culpa.collector.wrappers._width import width
from culpa.collector.wrappers._wrapping import Layer, Wrapper
from culpa.instrumentation.patterns import late_pattern

WRAPPERS = (
    *PREFIXES,
    *(KAIL, KUBETAIL, APP_PLATFORM),
    *OBJECTS,
    *(JOURNAL_EXPORT, SUPERVISOR, TABLE, AMERICAN, STUCK, DATED, QUOTED),
)

#: So many of a file's first lines say what they are wrapped in; empty ones say nothing.
_LINES = 50
#: A journal that holds Docker's lines of a supervisor's output, in colours: nobody has more.
_MOST_LAYERS = 5
#: Of the lines of a record in the export format, and of a program below a heading, most do not look like it; nor do
#: those of a web server's log into which Passenger writes. Of an export of Google Cloud most may be requests, which
#: stand in no wrapper.
_SHARE = {
    "colours": 0.0,
    "supervisor": 0.0,
    "Passenger": 0.0,
    "CSV": 0.0,
    "Google Cloud": 0.0,
    "journalctl -o export": 0.3,
    "dates": 0.9,
}
_BOM = b"\xef\xbb\xbf"


class Unwrapper:
    """Takes off what stands around a file's lines; without wrappers they come out as they are."""

    def __init__(self, wrappers: Sequence[Wrapper] = ()) -> None:
        """Begin with a file's first line, or any later one."""
        self.names = tuple(wrapper.name for wrapper in wrappers)
        self._layers: list[Layer] = [wrapper.layer() for wrapper in wrappers]
        self._of_file = BARE
        #: Whether the newest line stands first, as in many exports.
        self.is_backwards = False

    def of_file(self, path: str) -> "Unwrapper":
        """Return this, for a file whose path may name the writer of its lines."""
        self._of_file = wrapping_of(path)
        return self

    def add(self, line: Line) -> Sequence[Line]:
        """Take the next line; return those that are complete by it."""
        if line.offset == 0 and line.content.startswith(_BOM):
            line = line._replace(content=line.content[len(_BOM) :])
        if not self._layers:
            return (line,)
        return self._through([line if self._of_file is BARE else line._replace(wrapping=self._of_file)], 0)

    @property
    def held_from(self) -> int | None:
        """Return where the first line stands that is held back; None if none is."""
        return min((at for layer in self._layers if (at := layer.held_from) is not None), default=None)

    def flush(self) -> Iterator[Line]:
        """Yield what is held back because more of it may come."""
        for at, layer in enumerate(self._layers):
            yield from self._through(list(layer.flush()), at + 1)

    def _through(self, lines: list[Line], start: int) -> list[Line]:
        for layer in self._layers[start:]:
            lines = [found for line in lines for found in layer.add(line)]
        return lines


def unwrapper_of(lines: Sequence[bytes]) -> Unwrapper:
    """Return what takes the wrappers off a file with these first lines."""
    plain = shown = [line.removesuffix(b"\r").removeprefix(_BOM) for line in lines]
    found: list[Wrapper] = []
    if is_double_spaced(shown):
        found.append(DOUBLE_SPACED)
    while len(found) < _MOST_LAYERS:
        known = _known_of(shown, found)
        if known is None:
            break
        found.append(known)
        layer = known.layer()
        shown = [each.content for each in [*_through(layer, shown), *layer.flush()]]
    unwrapper = Unwrapper(found)
    unwrapper.is_backwards = _are_backwards(Unwrapper(found), plain)
    return unwrapper


def _through(layer: Layer, lines: Sequence[bytes]) -> Iterator[Line]:
    for line in lines:
        yield from layer.add(Line(line, 0, 0))


def _known_of(lines: Sequence[bytes], found: Sequence[Wrapper]) -> Wrapper | None:
    """Return the outermost wrapper: one that is known, what a copy left, else what looks like one."""
    known = _wrapper_of(lines, found) or _detailed(lines)
    return known or (None if found else _of_copy(lines)) or _by_looks(lines, found)


def _of_copy(lines: Sequence[bytes]) -> Wrapper | None:
    """Return what undoes what was done to a file as it was copied."""
    written = [line for line in lines if line.strip()][:_LINES]
    return indentation(written) or width(written) or open_texts(written) if written else None


def _by_looks(lines: Sequence[bytes], found: Sequence[Wrapper]) -> Wrapper | None:
    """Return what takes off words that nobody here knows; once, as it takes looking at the lines in all formats."""
    written = [line for line in lines if line.strip()][:_LINES]
    if not written or any(one.name == PREFIX for one in found):
        return None
    return peeled(written, lambda rest: all(any(known.fits(line) for known in OBJECTS) for line in rest))


def _detailed(lines: Sequence[bytes]) -> Wrapper | None:
    return details_of([line for line in lines if line.strip()][:_LINES])


def _are_backwards(unwrapper: Unwrapper, lines: Sequence[bytes]) -> bool:
    """Say whether the times around these lines fall, and never rise."""
    if not unwrapper.names:
        return False
    found = [one for line in lines for one in unwrapper.add(Line(line, 1, 1))]
    times = [time for one in found if (time := time_of(one.wrapping.time, Source("")))]
    if not times or not all(later <= first for first, later in pairwise(times)):
        return False
    return times[-1] < times[0] or _is_upside_down([one.content for one in found if one.content.strip()])


#: Two lines, one below the other, that stand so only where the last one was written first: head and frames of Python's
#: and PHP's stacks, what Java leaves out at its end and the frame before.
_UPSIDE_DOWN = (
    (late_pattern(rb"\s"), late_pattern(rb"Traceback \(most recent")),
    (late_pattern(rb"#0 "), late_pattern(rb"\s{0,8}(?:Stack trace:|\[stacktrace\])")),
    (late_pattern(rb"\s{0,8}\.\.\. \d{1,5} more"), late_pattern(rb"\s{1,8}at \S")),
)


def _is_upside_down(lines: Sequence[bytes]) -> bool:
    """Say whether the head of a stack trace stands below its frames, as where all were written in the same second."""
    return any(
        above.match(first) is not None and below.match(line) is not None
        for first, line in pairwise(lines)
        for above, below in _UPSIDE_DOWN
    )


def _wrapper_of(lines: Sequence[bytes], known: Sequence[Wrapper]) -> Wrapper | None:
    written = [line for line in lines if line.strip()][:_LINES]
    if not written:
        return None
    for wrapper in WRAPPERS:
        least = _SHARE.get(wrapper.name, 0.5) * len(written)
        if wrapper not in known and sum(map(wrapper.fits, written)) > least and wrapper.is_proven(written):
            return wrapper
    return None
