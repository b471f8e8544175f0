"""Lines of several streams, and in each of several formats, to records: each in the format that its first line has."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from culpa.collector.formats._extent import SHORT_LINE
from culpa.collector.formats._format import Format, Record
from culpa.collector.formats._mixture import Mixture
from culpa.collector.formats._records import FIRST_LINE, Line, RecordAssembler

#: A record is whole when so many lines of others came since its last one.
_PATIENCE_LINES = 1_000
#: More streams are not kept apart at a time: the one that was silent longest is closed.
_MOST_STREAMS = 256
#: Lines that begin so go on with what stands above them, or say nothing.
_INDENTS = (b" ", b"\t", b"")
#: As much of a line's beginning, with all figures and all letters alike, tells lines of one format again.
_SHAPE_BYTES = 12
_MOST_SHAPES = 1_000
_SHAPES = bytes(
    ord("0") if chr(byte).isdecimal() and byte < 128 else ord("a") if chr(byte).isalpha() and byte < 128 else byte
    for byte in range(256)
)
#: So many lines that nobody understood are shown.
_SHOWN = 3


class Found(NamedTuple):
    """A record, the format that it is in, and the stream that it comes from."""

    record: Record
    format: Format
    stream: "Stream"

    def rescuer(self) -> Format | None:
        """Return the format of a record that its own could not read, if one claims it: the stream is mixed."""
        opener = self.stream.mixture.opener(self.record.text, self.format)
        return opener if opener is not self.format else None


class Stream:
    """Puts the lines of one stream together to records."""

    def __init__(self, mixture: Mixture) -> None:
        """Begin with the stream's first line."""
        self.mixture = mixture
        self.heard = 0  # the number of the last line
        self._current = mixture.fallback
        self._held = RecordAssembler(self._current)
        self._assemblers = {self._current.name: self._held}
        #: How lines begin that are known to be of the only format: few of them are asked about.
        self._own: set[bytes] = set()

    def add(self, line: Line) -> Sequence[Found]:
        """Take the next line; return the records that are complete by it."""
        self.heard = line.number
        known = self._format_of(line)
        if known is self._current:
            records = self._held.add(line)
            return [Found(record, known, self) for record in records] if records else ()
        found = list(self.flush())
        self._current = known
        self._held = self._assemblers.setdefault(known.name, RecordAssembler(known))
        return [*found, *(Found(record, known, self) for record in self._held.add(line))]

    @property
    def held_from(self) -> int | None:
        """Return where the record begins that is held back; None if none is."""
        return self._held.held_from

    def flush(self) -> Sequence[Found]:
        """Return the record that is held back, if one is."""
        return [Found(record, self._current, self) for record in self._held.flush()]

    def _format_of(self, line: Line) -> Format:
        sole = self.mixture.sole
        if sole is None:
            return self._format_in_mixture(line)
        # A format that knows no line for its own tells by failing that one is another's: see `Found.rescuer`.
        if sole.opens is None or line.content[:1] in _INDENTS:
            return sole
        shape = line.content[:_SHAPE_BYTES].translate(_SHAPES)
        if shape in self._own:
            return sole
        opener = self.mixture.opener(_head(line), sole)
        if opener is sole and len(self._own) < _MOST_SHAPES:
            self._own.add(shape)
        return opener or sole

    def _format_in_mixture(self, line: Line) -> Format:
        if line.content[:1] in _INDENTS:
            return self._current
        head = _head(line)
        opener = self.mixture.opener(head, self._current)
        if opener:
            return opener
        return self._current if self._held.takes(head) else self.mixture.fallback


def _head(line: Line) -> str:
    return line.content[:SHORT_LINE].decode("utf-8", "replace")


class Streams:
    """Keeps the streams of one file apart, and finds the formats of each by its own first lines."""

    def __init__(
        self,
        mixture_for: Callable[[str, Sequence[str]], Mixture | None],
        *,
        head_lines: int = 20,
        attempts: int = 1,
    ) -> None:
        """Ask `mixture_for(service, lines)` for the formats of each stream when it has so many lines, or ends.

        A stream whose first lines tell no format is asked about again with those that follow, so many times in all.
        """
        self._mixture_for = mixture_for
        self._head_lines = head_lines
        self._most_attempts = attempts
        self._streams: dict[str, Stream] = {}
        self._heads: dict[str, list[Line]] = {}
        self._attempts: Counter[str] = Counter()
        #: Of each stream into which several processes write, the stream of the one that wrote last.
        self._writers: dict[str, str] = {}
        #: Lines of streams in no format that is known, and the first few.
        self.unknown_lines = 0
        self.unknown: list[Line] = []

    @property
    def is_hopeless(self) -> bool:
        """Return whether many lines were looked at, and none was in a format that is known."""
        return not self._streams and sum(self._attempts.values()) >= self._most_attempts

    def add(self, line: Line) -> Sequence[Found]:
        """Take the next line; return the records that are complete by it."""
        name = line.wrapping.stream
        stream = self._streams.get(name)
        found = self._of_writer(name, stream, line) if stream else self._wait(name, line)
        if not line.number % _PATIENCE_LINES or len(self._streams) + len(self._heads) > _MOST_STREAMS:
            return [*found, *self._overdue(line.number)]
        return found

    @property
    def held_from(self) -> int | None:
        """Return where the first of all lines stands that are held back; None if none is."""
        held = [lines[0].offset for lines in self._heads.values()]
        held += [at for stream in self._streams.values() if (at := stream.held_from) is not None]
        return min(held, default=None)

    def silent_since(self, number: int) -> Iterator[Found]:
        """Yield what is held back of streams whose last line is not after that number: it is whole."""
        for name, lines in list(self._heads.items()):
            if lines[-1].number <= number:
                yield from self._begin(name)
        for stream in self._streams.values():
            if stream.heard <= number:
                yield from stream.flush()

    def flush(self) -> Iterator[Found]:
        """Yield all records that are held back."""
        for name in list(self._heads):
            yield from self._begin(name)
        for stream in self._streams.values():
            yield from stream.flush()

    def _of_writer(self, name: str, stream: Stream, line: Line) -> Sequence[Found]:
        """Give a line to the stream of the process that wrote it; one that names none goes on with the line before."""
        writer = stream.mixture.writer(_head(line)) if stream.mixture.has_writers else ""
        if writer:
            self._writers[name] = f"{name}\n{writer}"
        own = self._writers.get(name)
        if own is None:
            return stream.add(line)
        if own not in self._streams:
            self._streams[own] = Stream(stream.mixture)
        return self._streams[own].add(line)

    def _wait(self, name: str, line: Line) -> Sequence[Found]:
        head = self._heads.setdefault(name, [])
        head.append(line)
        return list(self._begin(name)) if len(head) >= self._head_lines else ()

    def _begin(self, name: str) -> Iterator[Found]:
        lines = self._heads.pop(name)
        shown = [line.content[:FIRST_LINE].decode("utf-8", "replace") for line in lines]
        can_be_tried = self._attempts[name] < self._most_attempts
        mixture = self._mixture_for(lines[0].wrapping.service, shown) if can_be_tried else None
        if mixture is None:
            self._attempts[name] += 1
            written = [line for line in lines if line.content.strip()]
            self.unknown_lines += len(written)
            self.unknown += written[: _SHOWN - len(self.unknown)]
            return
        stream = self._streams[name] = Stream(mixture)
        for line in lines:
            yield from self._of_writer(name, stream, line)

    def _overdue(self, number: int) -> Iterator[Found]:
        """Yield what is held back of streams that said nothing for long, and close some if there are too many."""
        yield from self.silent_since(number - _PATIENCE_LINES)
        for name in list(self._heads)[: max(len(self._heads) - _MOST_STREAMS // 2, 0)]:
            yield from self._begin(name)
        for name in list(self._streams)[: max(len(self._streams) - _MOST_STREAMS // 2, 0)]:
            yield from self._streams.pop(name).flush()
