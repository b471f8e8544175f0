"""Write all that can be read of a damaged store into a new one; the damaged one stays as it is."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from culpa.store.attached import ROW_GROUP_ROWS
from culpa.store.columns import without_columns
from culpa.store.duckdb import DuckDBStore, segment_of
from culpa.store.errors import NotAStore, StoreNotFound
from culpa.store.ruin import Ruin
from culpa.store.schema import arrow_schema, arrow_schemas
from culpa.store.segments.listing import HOT_SEGMENT
from culpa.store.trouble import is_damage

#: The engine reads so many rows at a time; fewer are not worth another attempt.
_VECTOR_ROWS = 2_048
#: Of this relation each store has its own.
_META = "segment_meta"


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of one relation's rows."""

    relation: str
    saved: int
    lost: int


@dataclass(frozen=True, slots=True)
class Salvage:
    """What was saved; `notes` says in words what was found, `is_whole` that nothing is known to be lost."""

    relations: tuple[Saved, ...]
    notes: tuple[str, ...]
    is_whole: bool


def salvage(where: Path, new: Path) -> Salvage:
    """Save what `where` holds into a new store at `new`: a directory, or a file if its name ends in .duckdb.

    Rows are saved by relation and row group; of the write-ahead log, all before its first damage.
    Errors: StoreNotFound, NotAStore where `new` exists; StoreDamaged where nothing can be read, StoreLocked, StoreFull.
    """
    segment = segment_of(where)
    if not segment.is_file():
        raise StoreNotFound(f"no segment file at {segment}, so there is nothing to read; name the damaged store")
    if new.exists():
        raise NotAStore(f"{new} exists; name a place where nothing is, for the new store")
    new.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{new.name}-", dir=new.parent))
    try:
        (folder / "ruin").mkdir()
        ruin = Ruin(segment, str(where), folder / "ruin")
        try:
            made = folder / "new.duckdb"
            with DuckDBStore(made, writable=True) as store:
                relations = tuple(_save(ruin, name, store) for name in sorted(arrow_schemas()) if name != _META)
                store.checkpoint()
        finally:
            ruin.close()
        _put(made, new)
        is_whole = not ruin.is_short and not any(one.lost for one in relations)
        return Salvage(relations, tuple(dict.fromkeys(ruin.notes)), is_whole)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _put(made: Path, new: Path) -> None:
    if new.suffix != ".duckdb":
        new.mkdir()
        new = new / HOT_SEGMENT
    made.rename(new)


def _save(ruin: Ruin, relation: str, store: DuckDBStore) -> Saved:
    expected = ruin.rows(relation)
    if expected is None:
        return Saved(relation, 0, 0)
    saved = 0
    for first in range(0, ruin.end(relation), ROW_GROUP_ROWS):
        for rows in _readable(ruin, relation, first, first + ROW_GROUP_ROWS):
            fitting = _fitting(rows, relation)
            if fitting.num_rows:
                store.write({relation: fitting})
            saved += fitting.num_rows
    return Saved(relation, saved, max(0, expected - saved))


def _readable(ruin: Ruin, relation: str, first: int, end: int) -> Iterator[pa.Table]:
    """Yield the rows that can be read: without a column that cannot be, or in ever smaller pieces around the others."""
    try:
        yield ruin.read(relation, first, end).to_arrow_table()
        return
    except duckdb.Error as error:
        if not is_damage(str(error)):
            raise
        if ruin.mend(error):
            yield from _readable(ruin, relation, first, end)
            return
    rows = without_columns(ruin, relation, first, end)
    if rows is not None:
        yield rows
    elif end - first > _VECTOR_ROWS:
        middle = (first + end) // 2
        yield from _readable(ruin, relation, first, middle)
        yield from _readable(ruin, relation, middle, end)


def _fitting(rows: pa.Table, relation: str) -> pa.Table:
    """Return rows with the columns of this version; none where one of them is not there."""
    schema = arrow_schema(relation)
    if set(schema.names) - set(rows.schema.names):
        return schema.empty_table()
    return rows.select(schema.names).cast(schema)
