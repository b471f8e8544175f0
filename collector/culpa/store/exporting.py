"""Write a store as Parquet files, one for each relation that people know."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from culpa.store.backup.backup import backup
from culpa.store.damage import damaged
from culpa.store.duckdb import DuckDBStore
from culpa.store.errors import NotAStore, QueryFailed, StoreFull
from culpa.store.readonly import reading
from culpa.store.trouble import damage_error

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
_MEMORY = "1GiB"
_TIMEOUT_S = 86_400.0
_LAST_NS = 2**63 - 2


@dataclass(frozen=True)
class Exported:
    """Rows by relation; and the sealed files that are listed and could not be read."""

    rows: dict[str, int]
    unread: list[str]


def export(where: str, folder: Path, *, since_ns: int = 0, until_ns: int = 0, token: str | None = None) -> Exported:
    """Write the rows from `since_ns` on until before `until_ns` (0: all), nanoseconds since 1970, into a new `folder`.

    A running collector's store is copied first, so that all files show one moment. Errors: StoreError; then there is
    no folder.
    """
    if folder.exists():
        raise NotAStore(f"{folder} exists; name a place where nothing is, for the exported files")
    making = folder.with_name(f".{folder.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    try:
        place = Path(where)
        if where.startswith(("http://", "https://")):
            place = making / "store"
            backup(where, place, token)
        with DuckDBStore(place, memory_limit=_MEMORY) as store:
            rows = {name: _write(store, name, making, since_ns, until_ns or _LAST_NS) for name in RELATIONS}
            unread = list(store.sealed.missing)
        shutil.rmtree(making / "store", ignore_errors=True)
        making.rename(folder)
        return Exported(rows, unread)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _write(store: DuckDBStore, relation: str, folder: Path, since_ns: int, until_ns: int) -> int:
    time = RELATIONS[relation]
    text = f'select * from "{relation}"'
    bounds: dict[str, int] = {}
    if time:
        text += f" where {time} >= make_timestamp_ns($since) and {time} < make_timestamp_ns($until)"
        bounds = {"since": since_ns, "until": until_ns}
    try:
        with reading(store.cursor, text, dict(bounds), timeout_s=_TIMEOUT_S) as reader:
            return _copy(reader, folder / f"{relation}.parquet")
    except QueryFailed as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno:
            raise StoreFull(f"cannot write {relation}.parquet: {error.__cause__.strerror}; free some room") from error
        found = damage_error(error, store.where)
        raise (damaged(store.where, str(error)) if found is not error else error) from error


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
