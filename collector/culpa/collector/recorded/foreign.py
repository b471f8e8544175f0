"""Traces as other tools write them, taken into a gathering as the OTLP that they mean."""

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

from culpa.collector.dialects import Block, Dialect, Piece, Printed, Unreadable, Value, body_of, count_of, values_of
from culpa.collector.formats import Line
from culpa.collector.recorded.content import MAX_FRAME_BYTES
from culpa.collector.recorded.gathering import Export, Gathering
from culpa.collector.recorded.report import Report

#: Groups of one export.
_EXPORT_GROUPS = 2_000


class ForeignTraces:
    """Takes what dialects tell of one file."""

    def __init__(self, gathering: Gathering, report: Report, path: Path) -> None:
        """Begin with a file."""
        self._gathering = gathering
        self._report = report
        self._path = path

    def document(self, dialect: Dialect, chunks: Iterable[bytes]) -> None:
        """Take a file of JSON; one that tells nothing is reported with the reason."""
        body = bytearray()
        for chunk in chunks:
            body += chunk
            if len(body) > MAX_FRAME_BYTES:
                self._report.bad_file(self._path, f"{dialect.name} in more than {MAX_FRAME_BYTES} bytes of JSON")
                return
        before = self._report.bad_lines
        values = values_of(
            bytes(body), lambda line, why: self._report.bad_line(self._path, line, f"{dialect.name}: {why}")
        )
        count = 0
        for some in ([value] for value in values) if dialect.by_line else (list(values),):
            count += self.take(dialect, some)
        if not count and before == self._report.bad_lines:
            self._report.bad_file(self._path, f"{dialect.name}, but no span or log record in it")

    def take(self, dialect: Dialect, values: Iterable[Value]) -> int:
        """Take what values tell; return how many spans and log records that are."""
        found: list[Piece] = []
        try:
            found.extend(dialect.pieces(values))
        except Unreadable as error:
            self._report.bad_line(self._path, 1, f"{dialect.name}: {error}")
        except Exception as error:
            # Whatever a stranger's value raises, our own mistakes too, costs no other file.
            self._report.bad_line(self._path, 1, f"{dialect.name}: cannot be read ({error!r})")
        return self.add(found, 1)

    def add(self, pieces: Sequence[Piece], line: int) -> int:
        """Take groups; return how many spans and log records they hold."""
        for signal in ("traces", "logs"):
            groups = iter([piece.group for piece in pieces if piece.signal == signal and count_of(piece)])
            while some := list(islice(groups, _EXPORT_GROUPS)):
                self._gathering.add(Export(signal, body_of(signal, some), True, self._path, line))
        return sum(count_of(piece) for piece in pieces)


class PrintedTraces:
    """Takes the traces that a program printed out of its lines."""

    def __init__(self, foreign: ForeignTraces, printed: Iterable[Printed]) -> None:
        """Begin before the first line; `printed` are the ways of printing to look for."""
        self._foreign = foreign
        self._printed = tuple(printed)
        self._block: Block | None = None
        self._lines: list[Line] = []
        self.count = 0  # spans taken

    @property
    def is_sought(self) -> bool:
        """Return whether traces are printed among the lines."""
        return bool(self._printed)

    def add(self, line: Line) -> list[Line]:
        """Take a line; return those that turn out to be none of a print's."""
        if not self._printed:
            return [line]
        text = line.content.decode("utf-8", "replace")
        if self._block is not None:
            if self._block.add(text):
                self._lines.append(line)
                return []
            return [*self.flush(), *self.add(line)]
        for one in self._printed:
            if one.begins(text.rstrip()):
                self._block, self._lines = one.block(), [line]
                self._block.add(text)
                return []
        return [line]

    def flush(self) -> list[Line]:
        """End a print; return its lines if it was none."""
        block, self._block = self._block, None
        lines, self._lines = self._lines, []
        if block is None:
            return []
        try:
            pieces = list(block.pieces())
        except Exception:
            # Whatever it is that only looked like a print is a line like all others.
            return lines
        taken = self._foreign.add(pieces, lines[0].number)
        self.count += taken
        return [] if taken else lines
