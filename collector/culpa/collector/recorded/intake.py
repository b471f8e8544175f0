"""Take exports and rows in, decode them, and put them into the store in few and durable steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import duckdb
import pyarrow as pa

from culpa.collector.dedupe import Repeats
from culpa.collector.digests import digest_of, digest_rows
from culpa.collector.formats import Row, tables_of
from culpa.collector.recorded.report import Report
from culpa.store import DuckDBStore
from culpa.store.appending import append

Signal = Literal["traces", "logs", "metrics"]

#: As much as one call of the decoder gets: its fixed cost is 2-3 ms.
_GROUP_BYTES = 8_000_000
#: As many rows as one transaction gets: an fsync each.
_WRITE_ROWS = 65_536


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


class Intake:
    """Gathers exports and rows, and stores what the store does not hold yet.

    Errors: StoreError from any method. Promise: what `finish` returns after is durable.
    """

    def __init__(self, store: DuckDBStore, report: Report) -> None:
        """Learn what the store holds."""
        self._store = store
        self._report = report
        self._exports: dict[tuple[str, bool], list[Export]] = {}
        self._bytes = 0
        self._rows: list[Row] = []
        self._tables: dict[str, list[pa.Table]] = {}
        self._digests: list[str] = []
        self._waiting = 0
        with store.cursor() as cursor:
            self._repeats = Repeats(cursor)
            known = cursor.execute("select distinct resource_id from segment.data.resources").fetchall()
            stored = cursor.execute("select digest from segment.data.received_bodies").fetchall()
        self._resources = {resource for (resource,) in known}
        self._seen = {digest for (digest,) in stored}

    def add(self, export: Export) -> None:
        """Take one export."""
        digest = export.digest
        if digest in self._seen:
            self._report.repeated += 1
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
        from culpa.collector.decode import Malformed, decode

        try:
            decoded = decode(signal, [export.body for export in group], is_json=is_json)
        except Malformed as error:
            if len(group) > 1:
                half = len(group) // 2
                self._decode_group(signal, is_json, group[:half])
                self._decode_group(signal, is_json, group[half:])
            else:
                unit = "" if is_json else "message "
                self._report.bad_line(group[0].path, group[0].line, str(error), unit)
            return
        for export, rejected, message in zip(group, decoded.rejected_per_body, decoded.messages, strict=True):
            if rejected:
                self._report.bad_line(export.path, export.line, f"{rejected} {signal} rejected: {message}")
            elif message:
                self._report.note(f"{export.path}:{export.line}: {message}")
            if not rejected or signal == "metrics":
                # An export that was not read whole is told of again when it is read again, but for metrics: their
                # points have no key, and what was read of them would be stored once more.
                self._digests.append(export.digest)
        self._gather(decoded.tables)

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
        with self._store.transaction() as cursor:
            for relation, parts in tables.items():
                self._append(cursor, relation, pa.concat_tables(parts))
            if digests:
                append(cursor, "received_bodies", digest_rows(digests))

    def _append(self, cursor: duckdb.DuckDBPyConnection, relation: str, table: pa.Table) -> None:
        fresh = self._new_resources(table) if relation == "resources" else self._repeats.fresh(cursor, relation, table)
        # One resource stands in many exports, and one exception in a span and in a log record.
        if relation not in {"resources", "exceptions"}:
            self._report.repeated += table.num_rows - fresh.num_rows
        self._report.rows[relation] += fresh.num_rows
        if fresh.num_rows:
            append(cursor, relation, fresh)

    def _new_resources(self, table: pa.Table) -> pa.Table:
        keep: list[int] = []
        for at, resource in enumerate(table.column("resource_id").to_pylist()):
            if resource not in self._resources:
                self._resources.add(resource)
                keep.append(at)
        return table.take(pa.array(keep, pa.int64()))


_WORDS: dict[str, Signal] = {"trace": "traces", "span": "traces", "log": "logs", "metric": "metrics"}
