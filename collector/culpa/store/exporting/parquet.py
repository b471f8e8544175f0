"""Write a store as Parquet files, one for each relation that people know."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from culpa.store.duckdb import DuckDBStore
from culpa.store.exporting.asked import Asked

#: The relations, each with the time that its rows are of; '' where all rows are written.
RELATIONS = {
    "verdicts": "ended_at",
    "failures": "ended_at",
    "problems": "",
    "spans": "start_time",
    "exceptions": '"time"',
    "logs": '"time"',
    "access": "start_time",
    "metric_points": '"time"',
    "resources": "",
    "changes": '"time"',
    "labels": '"time"',
    "problem_states": '"time"',
}
#: So many rows are held in memory at a time.
_GROUP_ROWS = 65_536


def write_parquet(store: DuckDBStore, folder: Path, asked: Asked) -> dict[str, int]:
    """Write each relation; return files and their rows. Errors: StoreError."""
    return {f"{relation}.parquet": _write(store, relation, folder, asked) for relation in RELATIONS}


def _write(store: DuckDBStore, relation: str, folder: Path, asked: Asked) -> int:
    file = f"{relation}.parquet"
    with asked.rows(store, relation, RELATIONS[relation], file) as reader:
        return _copy(reader, folder / file)


def _copy(reader: pa.RecordBatchReader, path: Path) -> int:
    total = waiting = 0
    batches: list[pa.RecordBatch] = []
    with pq.ParquetWriter(path, reader.schema, compression="zstd") as writer:
        for batch in reader:
            batches.append(batch)
            waiting += batch.num_rows
            if waiting >= _GROUP_ROWS:
                writer.write_table(pa.Table.from_batches(batches))
                total, waiting, batches = total + waiting, 0, []
        if batches:
            writer.write_table(pa.Table.from_batches(batches))
    return total + waiting
