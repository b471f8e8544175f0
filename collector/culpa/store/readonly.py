"""Run one SELECT of a stranger so that it can neither change anything nor stay for ever."""

import threading
import warnings
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from culpa.store.engine import Parameter
from culpa.store.errors import QueryFailed
from culpa.store.statement import checked

#: Rows of one record batch of an answer; bounds the memory that a slow reader holds.
BATCH_ROWS = 4_096


#: How the engine begins what it says when its memory is used up.
_OUT_OF_MEMORY = "Out of Memory Error"


def _first(error: Exception) -> str:
    """Return what the engine says before it advises to change its settings."""
    return str(error).partition("\n")[0]


@contextmanager
def reading(
    open_cursor: Callable[[], duckdb.DuckDBPyConnection],
    sql: str,
    parameters: Mapping[str, Parameter] | None = None,
    timeout_s: float = 30.0,
    *,
    is_checked: bool = False,
    is_whole: bool = False,
) -> Generator[pa.RecordBatchReader]:
    """Yield the answer of one SELECT as a stream of record batches; the cursor ends with the block.

    The query runs in a READ ONLY transaction of a cursor of its own. A timer interrupts it after `timeout_s` seconds,
    reading included. To check a long text takes longer than to answer it: `is_checked` where the very same one was
    answered before. `is_whole` where the answer is small and read whole: the engine plans it once, where it plans what
    is streamed twice. Errors: QueryRefused, QueryFailed.
    """
    cursor = open_cursor()
    expired = threading.Event()

    def interrupt() -> None:
        expired.set()
        cursor.interrupt()

    timer = threading.Timer(timeout_s, interrupt)
    timer.daemon = True
    try:
        statement = sql if is_checked else checked(cursor, sql)
        cursor.execute("begin transaction read only")
        timer.start()
        try:
            values = dict(parameters) if parameters else None
            if is_whole:
                yield _whole(cursor, statement, values)
            else:
                yield cursor.sql(statement, params=values).to_arrow_reader(BATCH_ROWS)
        except (duckdb.Error, pa.ArrowException, OSError) as error:  # Arrow reports an interrupt as OSError
            if expired.is_set():
                raise QueryFailed(
                    f"the query was stopped after {timeout_s:g} s; narrow it, for instance by time"
                ) from error
            if _OUT_OF_MEMORY in str(error):  # Arrow hands it on as an OSError
                raise QueryFailed(f"the query needs more memory than it may have: {_first(error)}") from error
            raise QueryFailed(f"the query failed: {error}") from error
    finally:
        timer.cancel()
        cursor.close()


def _whole(
    cursor: duckdb.DuckDBPyConnection, statement: str, values: dict[str, Parameter] | None
) -> pa.RecordBatchReader:
    with warnings.catch_warnings():
        # That its rows are copied once more: they are few.
        warnings.simplefilter("ignore", UserWarning)
        table = cursor.execute(statement, values).to_arrow_table()
    assert table is not None  # noqa: S101 - only what is no SELECT has no answer
    return pa.RecordBatchReader.from_batches(table.schema, table.to_batches(BATCH_ROWS))
