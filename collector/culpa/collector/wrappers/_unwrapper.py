"""Find the wrappers of a file by its first lines, outermost first, and take them off line by line."""

from collections.abc import Iterator, Sequence

from culpa.collector.formats import Line
from culpa.collector.wrappers._blocks import JOURNAL_EXPORT, SUPERVISOR
from culpa.collector.wrappers._objects import OBJECTS
from culpa.collector.wrappers._prefixes import PREFIXES
from culpa.collector.wrappers._tables import TABLE
from culpa.collector.wrappers._wrapping import Layer, Wrapper

WRAPPERS = (*PREFIXES, *OBJECTS, JOURNAL_EXPORT, SUPERVISOR, TABLE)

#: So many of a file's first lines say what they are wrapped in; empty ones say nothing.
_LINES = 50
#: A journal that holds Docker's lines of a supervisor's output, in colours: nobody has more.
_MOST_LAYERS = 5
#: Of the lines of a record in the export format, and of a program below a heading, most do not look like it.
_SHARE = {"colours": 0.0, "supervisor": 0.0, "CSV": 0.0, "journalctl -o export": 0.3}
_BOM = b"\xef\xbb\xbf"


class Unwrapper:
    """Takes off what stands around a file's lines; without wrappers they come out as they are."""

    def __init__(self, wrappers: Sequence[Wrapper] = ()) -> None:
        """Begin with a file's first line, or any later one."""
        self.names = tuple(wrapper.name for wrapper in wrappers)
        self._layers: list[Layer] = [wrapper.layer() for wrapper in wrappers]

    def add(self, line: Line) -> Sequence[Line]:
        """Take the next line; return those that are complete by it."""
        if line.offset == 0 and line.content.startswith(_BOM):
            line = line._replace(content=line.content[len(_BOM) :])
        return self._through([line], 0) if self._layers else (line,)

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
    shown = [line.removesuffix(b"\r").removeprefix(_BOM) for line in lines]
    found: list[Wrapper] = []
    while len(found) < _MOST_LAYERS:
        known = _wrapper_of(shown, found)
        if known is None:
            break
        found.append(known)
        layer = known.layer()
        shown = [each.content for each in [*_through(layer, shown), *layer.flush()]]
    return Unwrapper(found)


def _through(layer: Layer, lines: Sequence[bytes]) -> Iterator[Line]:
    for line in lines:
        yield from layer.add(Line(line, 0, 0))


def _wrapper_of(lines: Sequence[bytes], known: Sequence[Wrapper]) -> Wrapper | None:
    written = [line for line in lines if line.strip()][:_LINES]
    if not written:
        return None
    for wrapper in WRAPPERS:
        if wrapper not in known and sum(map(wrapper.fits, written)) > _SHARE.get(wrapper.name, 0.5) * len(written):
            return wrapper
    return None
