"""Read recorded files into an intake: exports and records, whatever of them can be read."""

from collections.abc import Iterable, Iterator
from datetime import UTC, tzinfo
from itertools import chain
from pathlib import Path

from culpa.collector.formats import (
    Format,
    LineSplitter,
    Record,
    RecordAssembler,
    Source,
    read_alone,
    source_name,
)
from culpa.collector.recorded.content import (
    HEAD_BYTES,
    MAX_FRAME_BYTES,
    Encoding,
    content_of,
    signal_of_json,
)
from culpa.collector.recorded.files import Damaged, Unopenable, plain_chunks
from culpa.collector.recorded.frames import messages_of
from culpa.collector.recorded.intake import Export, Intake
from culpa.collector.recorded.report import Report


class RecordedFiles:
    """Reads files one after the other; a file that cannot be read costs the others nothing."""

    def __init__(
        self, intake: Intake, report: Report, *, wanted: Format | None = None, zone: tzinfo | None = UTC
    ) -> None:
        """Read into `intake`; `wanted` is the format of all that is not OTLP, `zone` of times without one."""
        self._intake = intake
        self._report = report
        self._wanted = wanted
        self._zone = zone

    def read(self, path: Path) -> None:
        """Read one file. What of it cannot be read is reported, never raised."""
        chunks = self._chunks(path)
        head, rest = _head(chunks)
        content = content_of(path.name, head[:HEAD_BYTES], self._wanted)
        whole = chain([head], rest)
        match content.encoding:
            case Encoding.JSON_LINES:
                self._json_lines(path, whole)
            case Encoding.JSON_DOCUMENT:
                self._json_document(path, whole)
            case Encoding.FRAMES:
                self._frames(path, whole)
            case Encoding.RECORDS if content.format:
                self._records(path, whole, content.format)
            case Encoding.NOTHING:
                return
            case _:
                self._report.unknown_file(path)

    def _chunks(self, path: Path) -> Iterator[bytes]:
        line = 1
        try:
            for piece in plain_chunks(path):
                line += piece.count(b"\n")
                yield piece
        except Unopenable as error:
            self._report.bad_file(path, f"cannot be read: {error}")
        except Damaged as error:
            self._report.bad_file(path, f"damaged here ({error}); what stands before it is kept", line)

    def _json_lines(self, path: Path, chunks: Iterable[bytes]) -> None:
        lines = LineSplitter(max_line_bytes=MAX_FRAME_BYTES)
        complete = (line for chunk in chunks for line in lines.feed(chunk))
        for number, line in enumerate(chain(complete, lines.rest()), 1):
            body = line.content.strip()
            if line.is_cut:
                self._report.bad_line(path, number, f"longer than {MAX_FRAME_BYTES} bytes")
            elif body and body != b"{}":
                self._json(path, number, body)

    def _json_document(self, path: Path, chunks: Iterable[bytes]) -> None:
        body = bytearray()
        for chunk in chunks:
            body += chunk
            if len(body) > MAX_FRAME_BYTES:
                self._report.bad_file(path, f"one JSON document of more than {MAX_FRAME_BYTES} bytes")
                return
        self._json(path, 1, bytes(body))

    def _json(self, path: Path, number: int, body: bytes) -> None:
        signal = signal_of_json(body)
        if signal is None:
            self._report.bad_line(path, number, "not an OTLP export in JSON")
        else:
            self._intake.add(Export(signal, body, True, path, number))

    def _frames(self, path: Path, chunks: Iterable[bytes]) -> None:
        number = 0
        try:
            for number, body in enumerate(messages_of(chunks), 1):
                if body.lstrip().startswith(b"{"):
                    self._json(path, number, body)
                else:
                    self._intake.add(Export(self._intake.signal_of(body, path.name), body, False, path, number))
        except Damaged as error:
            self._report.bad_file(path, f"damaged after message {number} ({error}); what stands before it is kept")

    def _records(self, path: Path, chunks: Iterable[bytes], known: Format) -> None:
        source = Source(source_name(path.name), self._zone)
        for record, is_cut in _records_of(chunks, known):
            row, trouble = read_alone(known, record, source)
            if trouble:
                why = "longer than what is read of a line" if is_cut else trouble
                self._report.bad_line(path, record.line, f"{known.name}: {why}", is_kept=row is not None)
            if row is not None:
                self._intake.add_row(row)


def _records_of(chunks: Iterable[bytes], known: Format) -> Iterator[tuple[Record, bool]]:
    lines = LineSplitter()
    records = RecordAssembler(known)
    complete = (line for chunk in chunks for line in lines.feed(chunk))
    for line in chain(complete, lines.rest()):
        for record in records.add(line):
            yield record, line.is_cut
    for record in records.flush():
        yield record, False


def _head(chunks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= HEAD_BYTES:
            break
    return head, chunks
