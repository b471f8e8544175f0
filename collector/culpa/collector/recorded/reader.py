"""Read recorded files into a gathering: exports and records, whatever of them can be read."""

from collections.abc import Iterable, Iterator
from datetime import UTC, tzinfo
from itertools import chain
from pathlib import Path

from culpa.collector.formats import Format, Found, LineSplitter, Source, Streams, source_name
from culpa.collector.recorded.archives import members_of
from culpa.collector.recorded.beside import Beside
from culpa.collector.recorded.columns import kind_of_file, kind_of_table, read_tables
from culpa.collector.recorded.content import (
    HEAD_BYTES,
    MAX_FRAME_BYTES,
    Encoding,
    bears_years,
    content_of,
    has_no_years,
    signal_of_json,
)
from culpa.collector.recorded.documents import is_document, objects_of
from culpa.collector.recorded.files import Damaged, Unopenable
from culpa.collector.recorded.foreign import ForeignTraces, PrintedTraces
from culpa.collector.recorded.frames import messages_of
from culpa.collector.recorded.gathering import Export, Gathering
from culpa.collector.recorded.likeness import likeness
from culpa.collector.recorded.lines import lines_of
from culpa.collector.recorded.report import Report
from culpa.collector.recorded.sheet import Sheet
from culpa.collector.recorded.year import newest_told
from culpa.collector.recorded.zone import day_of, zone_told
from culpa.collector.wrappers import Unwrapper, outcome_of, streams_for


class RecordedFiles:
    """Reads files one after the other; a file that cannot be read costs the others nothing."""

    def __init__(
        self,
        gathering: Gathering,
        report: Report,
        *,
        wanted: Format | None = None,
        zone: tzinfo | None = UTC,
        is_zone_given: bool = False,
        beside: Beside | None = None,
    ) -> None:
        """Read into `gathering`; `wanted` is the format of all that is not OTLP, `zone` of times without one.

        `beside` is what the files tell about each other: whose an access log is, and the zone of the machine's times.
        """
        self._gathering = gathering
        self._report = report
        self._wanted = wanted
        self._zone = zone
        self._is_zone_given = is_zone_given
        self._beside = beside or Beside()
        self._newest_ns = 0
        self._day_ns = 0
        #: Files whose dates have no year, or that hold some: these are told by all others.
        self._postponed: dict[Path, bool] = {}
        self._is_last_round = False

    def finish(self) -> None:
        """Read what had to wait until all else was read."""
        self._is_last_round = True
        # Those first that bear years behind what a syslog puts before: they tell those of the others.
        for has_years in (True, False):
            paths = [path for path, bears in self._postponed.items() if bears == has_years]
            if paths:
                self._learn_times()
            for path in paths:
                self.read(path)

    def _learn_times(self) -> None:
        """Learn of what is stored which year and day are meant where a time tells none."""
        oldest_ns, self._newest_ns = self._gathering.span_ns()
        zone = self._zone if self._is_zone_given else self._beside.zone(self._zone)
        self._day_ns = day_of(oldest_ns, self._newest_ns, zone)

    def read(self, path: Path) -> None:
        """Read one file, or each in an archive. What of it cannot be read is reported, never raised."""
        table = kind_of_file(path)
        if table:
            read_tables(path, table, self._foreign(path), self._report)
            return
        try:
            for member in members_of(path):
                place = path / member.name.lstrip("/") if member.name else path
                head, rest = head_of(self._chunks(place, member.chunks))
                is_yearless = has_no_years(head)
                if is_yearless and not self._is_last_round:
                    self._postponed[path] = self._postponed.get(path, False) or bears_years(head)
                elif is_yearless or not self._is_last_round:
                    self._read_member(place, head, rest)
        except Unopenable as error:
            self._report.bad_file(path, f"cannot be read: {error}")
        except Damaged as error:
            self._report.bad_file(path, f"damaged ({error}); what stands before it is kept")

    def _read_member(self, path: Path, head: bytes, rest: Iterator[bytes]) -> None:
        table = kind_of_table(head)
        if table:
            self._report.bad_file(path, f"{table} that is packed is not read; unpack it first")
            return
        # It tells zone and year, or nothing does.
        begin = head[:HEAD_BYTES]
        content = content_of(path.name, begin, self._wanted)
        if content.encoding is Encoding.RECORDS and not content.printed and is_document(head):
            head, rest = self._unfolded(head, rest)
            content = content_of(path.name, head[:HEAD_BYTES], self._wanted)
        whole = chain([head], rest)
        match content.encoding:
            case Encoding.JSON_LINES:
                self._json_lines(path, whole)
            case Encoding.JSON_DOCUMENT:
                self._json_document(path, whole)
            case Encoding.FRAMES:
                self._frames(path, whole)
            case Encoding.FOREIGN if content.dialect:
                self._foreign(path).document(content.dialect, whole)
            case Encoding.RECORDS if content.unwrapper:
                self._records(
                    path,
                    whole,
                    self._sources(path, begin),
                    content.unwrapper.of_file(str(path)),
                    PrintedTraces(self._foreign(path), content.printed),
                )
            case Encoding.NOTHING:
                return
            case _:
                self._report.unknown_file(path)

    def _unfolded(self, head: bytes, rest: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
        """Return a document of objects with a line for each, and anything else as it is."""
        body = bytearray(head)
        for chunk in rest:
            body += chunk
            if len(body) > MAX_FRAME_BYTES:
                return bytes(body), rest
        lines, more = head_of(objects_of(bytes(body)))
        return (lines, more) if lines else (bytes(body), iter(()))

    def _chunks(self, path: Path, chunks: Iterator[bytes]) -> Iterator[bytes]:
        line = 1
        try:
            for piece in chunks:
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
            self._gathering.add(Export(signal, body, True, path, number))

    def _frames(self, path: Path, chunks: Iterable[bytes]) -> None:
        number = 0
        try:
            for number, body in enumerate(messages_of(chunks), 1):
                if body.lstrip().startswith(b"{"):
                    self._json(path, number, body)
                else:
                    self._gathering.add(Export(self._gathering.signal_of(body, path.name), body, False, path, number))
        except Damaged as error:
            self._report.bad_file(path, f"damaged after message {number} ({error}); what stands before it is kept")

    def _foreign(self, path: Path) -> ForeignTraces:
        return ForeignTraces(self._gathering, self._report, path)

    def _sources(self, path: Path, begin: bytes) -> tuple[Source, Source]:
        """Return where a file's records are from, and the same for formats whose times are the machine's."""
        told = None if self._is_zone_given else zone_told(begin) or self._beside.zone_of(begin)
        newest_ns = self._newest_ns or (newest_told(begin) if self._is_last_round else 0)
        source = Source(source_name(path.name), told or self._zone, newest_ns=newest_ns, day_ns=self._day_ns)
        return source, source if self._is_zone_given or told else self._beside.local(source)

    def _records(
        self,
        path: Path,
        chunks: Iterable[bytes],
        sources: tuple[Source, Source],
        unwrapper: Unwrapper,
        printed: PrintedTraces,
    ) -> None:
        source, local = sources
        sheet = self._report.sheet(path, unwrapper.names)
        streams = streams_for(f"{path.name} {self._beside.server}".rstrip(), unwrapper, self._wanted)
        for found in records_of(chunks, unwrapper, streams, printed):
            self._record(path, sheet, local if found.format.is_local else source, found)
        sheet.not_understood(streams.unknown_lines, streams.unknown)
        if printed.count:
            sheet.formats["printed spans"] += printed.count
        if not sheet.formats:
            self._report.unknown_file(path, likeness(unwrapper, streams.unknown))

    def _record(self, path: Path, sheet: Sheet, source: Source, found: Found) -> None:
        record = found.record
        known, row, trouble = outcome_of(found, source)
        sheet.add(known.name, record, row, is_understood=not trouble)
        if trouble:
            why = "longer than what is read of a line" if record.is_cut else trouble
            self._report.bad_line(path, record.line, f"{known.name}: {why}", is_kept=row is not None)
        if row is not None:
            self._gathering.add_row(self._beside.named(row))


def records_of(
    chunks: Iterable[bytes], unwrapper: Unwrapper, streams: Streams, printed: PrintedTraces | None = None
) -> Iterator[Found]:
    """Yield the records of a log, each in the format that its first line has; `printed` takes out printed spans."""
    for bare in lines_of(chunks, unwrapper):
        for other in printed.add(bare) if printed else (bare,):
            yield from streams.add(other)
        if streams.is_hopeless and not (printed and printed.is_sought):
            return
    for other in printed.flush() if printed else ():
        yield from streams.add(other)
    yield from streams.flush()


def head_of(chunks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return as many first bytes as tell what a file is, and the rest."""
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= HEAD_BYTES:
            break
    return head, chunks
