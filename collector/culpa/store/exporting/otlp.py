"""Write the spans, log records and metric points of a store as OTLP, one file of one export a line.

One file, spans first: an exception that a span and a log record both tell of is then read again as the span's.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from culpa.store.duckdb import DuckDBStore
from culpa.store.exporting.asked import Asked
from culpa.store.otlp.attributes import Row
from culpa.store.otlp.lines import otlp_line
from culpa.store.values import ns_rows

#: The end of the file's name behind `otlp.jsonl`, by which Arrow knows how to compress it.
COMPRESSIONS: Final = {"none": "", "gzip": ".gz", "zstd": ".zst"}
_TIMES: Final = {"spans": "start_time", "logs": '"time"', "metric_points": '"time"'}
#: So many rows make a line, and are held as Python values at a time.
_LINE_ROWS: Final = 512
#: Equal records of one moment stand in one line: apart, reading would take one for a repeat. No line has more.
_MOST_LINE_ROWS: Final = 8_192
#: So many resources are remembered.
_MOST_RESOURCES: Final = 4_096
_RAISED: Final = """
    select * exclude (attributes) from exceptions
    where trace_id between $first and $last and trace_id in (select unnest($traces))
        or (log_id <> '' and trace_id = '' and log_id in (select unnest($logs)))
    order by "time", exception_id
"""
_RESOURCES: Final = """
    select * exclude (attributes) from resources
    where resource_id in (select unnest($ids)::ubigint)
"""


class OtlpFile:
    """Writes `otlp.jsonl`, compressed or not."""

    def __init__(self, compression: str) -> None:
        """Take one of `COMPRESSIONS`."""
        self._name = f"otlp.jsonl{COMPRESSIONS[compression]}"

    def __call__(self, store: DuckDBStore, folder: Path, asked: Asked) -> dict[str, int]:
        """Write it into a folder; return its name and how many rows are in it. Errors: StoreError."""
        context = _Context(store)
        count = 0
        with pa.output_stream(str(folder / self._name)) as out:
            for relation, time in _TIMES.items():
                with asked.rows(store, relation, time, self._name) as reader:
                    for rows in _lines_of(reader):
                        out.write(context.line(relation, rows).encode())
                        count += len(rows)
        return {self._name: count}


def _lines_of(reader: pa.RecordBatchReader) -> Iterator[list[Row]]:
    """Yield the rows that make a line: some hundreds, and all that lie together and are equal but for their id."""
    line: list[Row] = []
    for batch in reader:
        for at in range(0, batch.num_rows, _LINE_ROWS):
            for row in ns_rows(pa.Table.from_batches([batch.slice(at, _LINE_ROWS)])):
                if len(line) >= _MOST_LINE_ROWS or (len(line) >= _LINE_ROWS and not _is_equal(row, line[-1])):
                    yield line
                    line = []
                line.append(row)
    if line:
        yield line


def _is_equal(row: Row, other: Row) -> bool:
    return all(row.get(name) == other.get(name) for name in ("time", "body", "trace_id")) and "body" in row


class _Context:
    """What belongs to rows: exceptions and resources, asked for as they are needed."""

    def __init__(self, store: DuckDBStore) -> None:
        self._store = store
        self._resources: dict[int, Row] = {}

    def line(self, relation: str, rows: list[Row]) -> str:
        return otlp_line(relation, rows, self._raised(relation, rows), self._known(rows))

    def _raised(self, relation: str, rows: list[Row]) -> list[dict[str, Any]]:
        if relation == "metric_points":
            return []
        traces = sorted({row["trace_id"] for row in rows} - {""})
        logs = [row["log_id"] for row in rows if relation == "logs" and not row["trace_id"]]
        if not traces and not logs:
            return []
        ends = {"first": traces[0] if traces else "", "last": traces[-1] if traces else ""}
        return ns_rows(self._store.query(_RAISED, {**ends, "traces": traces, "logs": logs}))

    def _known(self, rows: list[Row]) -> dict[int, Row]:
        wanted = {row["resource_id"] for row in rows} - self._resources.keys()
        if wanted:
            if len(self._resources) > _MOST_RESOURCES:
                self._resources.clear()
                wanted = {row["resource_id"] for row in rows}
            found = self._store.query(_RESOURCES, {"ids": [str(one) for one in wanted]})
            self._resources |= {row["resource_id"]: row for row in ns_rows(found)}
        return self._resources
