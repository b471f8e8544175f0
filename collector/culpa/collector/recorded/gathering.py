"""Gather exports and rows of files, and add them to the store in few and durable steps."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import pyarrow as pa

from culpa.collector.formats import Row, tables_of
from culpa.collector.kernels import pc
from culpa.collector.recorded.report import Report
from culpa.collector.writer import Additions, digest_of
from culpa.store import DuckDBStore

if TYPE_CHECKING:
    from culpa.collector.decode import Decoded

Signal = Literal["traces", "logs", "metrics"]

#: As much as one call of the decoder gets: its fixed cost is 2-3 ms.
_GROUP_BYTES = 8_000_000
#: As many rows as one transaction gets: an fsync each.
_WRITE_ROWS = 65_536
_DAY_NS = 86_400_000_000_000
_SPAN = """
    select min(at_ns), max(at_ns) from (
        select epoch_ns(start_time) as at_ns from segment.data.spans union all
        select epoch_ns(start_time) from segment.data.access union all
        select epoch_ns("time") from segment.data.logs
    ) where at_ns between 1 and $latest
"""


@dataclass(frozen=True, slots=True)
class Export:
    """One OTLP export of a file."""

    signal: str
    body: bytes
    is_json: bool
    path: Path
    line: int  # or number of the message

    @property
    def digest(self) -> str:
        """Return what tells this export from any other."""
        return digest_of(self.signal, self.body)


class Gathering:
    """Gathers exports and rows, and stores what the store does not hold yet.

    Errors: StoreError from any method. Promise: what `finish` returns after is durable.
    """

    def __init__(self, store: DuckDBStore, report: Report) -> None:
        """Learn what the store holds."""
        self._report = report
        self._exports: dict[tuple[str, bool], list[Export]] = {}
        self._bytes = 0
        self._rows: list[Row] = []
        self._tables: dict[str, list[pa.Table]] = {}
        self._digests: list[str] = []
        self._waiting = 0
        self._empty: dict[Path, int] = {}  # files that told nothing so far
        self._telling: set[Path] = set()
        self._additions = Additions(store)
        self._store = store
        with store.cursor() as cursor:
            stored = cursor.execute("select digest from segment.data.received_bodies").fetchall()
        self._seen = {digest for (digest,) in stored}

    def add(self, export: Export) -> None:
        """Take one export."""
        self._report.exports += 1
        digest = export.digest
        if digest in self._seen:
            self._report.repeated += 1
            self._telling.add(export.path)
            return
        self._seen.add(digest)
        self._exports.setdefault((export.signal, export.is_json), []).append(export)
        self._bytes += len(export.body)
        if self._bytes >= _GROUP_BYTES:
            self._decode()

    def add_row(self, row: Row) -> None:
        """Take one row of a server's log."""
        self._rows.append(row)
        if len(self._rows) >= _WRITE_ROWS:
            self._gather_rows()

    def finish(self) -> None:
        """Store all that was taken."""
        self._decode()
        self._gather_rows()
        self._write()
        for path, line in self._empty.items():
            if path not in self._telling:
                self._report.bad_file(path, "OTLP, but no span, log record or metric point in it", line)
        self._empty, self._telling = {}, set()

    def span_ns(self) -> tuple[int, int]:
        """Return the oldest and newest time of all that is stored and taken, 0 for none; a day from now is none."""
        self.finish()
        with self._store.cursor() as cursor:
            found = cursor.execute(_SPAN, {"latest": time.time_ns() + _DAY_NS}).fetchone()
        return (int(found[0] or 0), int(found[1] or 0)) if found else (0, 0)

    def _gather_rows(self) -> None:
        rows, self._rows = self._rows, []
        lost: list[Row] = []
        self._gather(tables_of(rows, lost))
        if lost:
            self._report.lost_rows(len(lost), lost[0].format)

    def signal_of(self, body: bytes, file_name: str) -> Signal:
        """Tell what an export in protobuf holds, which its bytes do not say: by the name, else by trying."""
        for word, signal in _WORDS.items():
            if word in file_name.lower():
                return signal
        from culpa.collector.decode import rows_as

        return max(_WORDS.values(), key=lambda signal: rows_as(signal, body))

    def _decode(self) -> None:
        exports, self._exports, self._bytes = self._exports, {}, 0
        for (signal, is_json), group in exports.items():
            self._decode_group(cast("Signal", signal), is_json, group)

    def _decode_group(self, signal: Signal, is_json: bool, group: Sequence[Export]) -> None:
        from culpa.collector.decode import Malformed
        from culpa.collector.intake import decode_each

        for part, decoded in decode_each(signal, group, lambda export: export.body, is_json=is_json):
            if isinstance(decoded, Malformed):
                unit = "" if is_json else "message "
                self._report.bad_line(part[0].path, part[0].line, str(decoded), unit)
            else:
                self._tell(signal, part, decoded)
                self._gather(decoded.tables)

    def _tell(self, signal: Signal, part: Sequence[Export], decoded: "Decoded") -> None:
        """Report what was left out of exports, and remember those that need not be read again."""
        counts = zip(decoded.rows_per_body, decoded.rejected_per_body, decoded.messages, strict=True)
        for export, (rows, rejected, message) in zip(part, counts, strict=True):
            if rows or rejected:
                self._telling.add(export.path)
            else:
                self._empty.setdefault(export.path, export.line)
                self._report.empty += 1
            if rejected:
                self._report.bad_line(export.path, export.line, f"{rejected} {signal} rejected: {message}")
            elif message:
                self._report.note(f"{export.path}:{export.line}: {message}")
            if not rejected or signal == "metrics":
                # An export that was not read whole is told of again when it is read again, but for metrics: their
                # points have no key, and what was read of them would be stored once more.
                self._digests.append(export.digest)

    def _gather(self, tables: dict[str, pa.Table]) -> None:
        for relation, table in tables.items():
            if table.num_rows:
                self._tables.setdefault(relation, []).append(table)
                self._waiting += table.num_rows
        if self._waiting >= _WRITE_ROWS:
            self._write()

    def _write(self) -> None:
        tables, self._tables, self._waiting = self._tables, {}, 0
        digests, self._digests = self._digests, []
        if not tables and not digests:
            return
        given = {relation: pa.concat_tables(parts) for relation, parts in tables.items()}
        if "exceptions" in given:
            given["exceptions"] = _told_first(given["exceptions"])
        for relation, added in self._additions.add(given, digests).items():
            # One resource stands in many exports, and one exception in a span and in a log record.
            if relation not in {"resources", "exceptions"}:
                self._report.repeated += given[relation].num_rows - added.num_rows
            self._report.rows[relation] += added.num_rows


def _told_first(exceptions: pa.Table) -> pa.Table:
    """Put last what stands in a span's status alone: a log record may tell more of the same, and the first is kept."""
    is_status = pc.equal(exceptions.column("source"), "status")
    return pa.concat_tables([exceptions.filter(pc.invert(is_status)), exceptions.filter(is_status)])


_WORDS: dict[str, Signal] = {"trace": "traces", "span": "traces", "log": "logs", "metric": "metrics"}
