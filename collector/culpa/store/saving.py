"""Save the rows of one damaged file, by relation and row group, around what cannot be read."""

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from culpa.store.attached import ROW_GROUP_ROWS
from culpa.store.columns import without_columns
from culpa.store.duckdb import DuckDBStore
from culpa.store.ruin import Ruin
from culpa.store.schema import arrow_schema
from culpa.store.trouble import is_damage

#: The engine reads so many rows at a time; fewer are not worth another attempt.
_VECTOR_ROWS = 2_048


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of the rows of one relation of the hot file, or of one sealed file."""

    of: str
    saved: int
    lost: int


def save(ruin: Ruin, relation: str, store: DuckDBStore) -> Saved:
    """Write what can be read of a relation into a store. Errors: StoreFull, duckdb.Error that is no damage."""
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
