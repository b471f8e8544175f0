"""Append rows to the relations of a segment, inside a transaction of the caller."""

from collections.abc import Generator
from contextlib import contextmanager, suppress

import duckdb
import pyarrow as pa


def append(cursor: duckdb.DuckDBPyConnection, relation: str, rows: pa.Table | pa.RecordBatch) -> None:
    """Insert Arrow rows into `data.<relation>` of the segment, columns matched by name."""
    with registered(cursor, "incoming_rows", rows):
        cursor.execute(f'insert into segment.data."{relation}" by name select * from incoming_rows')


@contextmanager
def registered(cursor: duckdb.DuckDBPyConnection, name: str, rows: pa.Table | pa.RecordBatch) -> Generator[None]:
    """Let the cursor's statements read Arrow rows by `name` inside the block."""
    cursor.register(name, rows)
    try:
        yield
    except BaseException:
        # In a transaction that failed this fails too, and would hide the error that matters.
        with suppress(duckdb.Error):
            cursor.unregister(name)
        raise
    cursor.unregister(name)
