"""Run one SELECT of a stranger so that it can neither change anything nor stay for ever."""

import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from culpa.store.engine import Parameter
from culpa.store.errors import QueryFailed, QueryRefused

#: Rows of one record batch of an answer; bounds the memory that a slow reader holds.
BATCH_ROWS = 20_000


def lock_down(connection: duckdb.DuckDBPyConnection, folder: str) -> None:
    """Forbid every way out of `folder` for all cursors of this instance, for good.

    Source: each statement was tried against DuckDB 1.5 and 2.0; files outside `folder`, extensions and
    settings are refused afterwards.
    """
    connection.execute("set autoinstall_known_extensions = false")
    connection.execute("set autoload_known_extensions = false")
    connection.execute(f"set allowed_directories = ['{folder.replace(chr(39), chr(39) * 2)}']")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")


def check(sql: str) -> None:
    """Refuse whatever is not exactly one SELECT or EXPLAIN.

    Errors: QueryRefused, with the engine's words if it cannot be parsed.
    """
    with duckdb.connect(":memory:") as parser:
        try:
            statements = parser.extract_statements(sql)
        except duckdb.Error as error:
            raise QueryRefused(f"cannot parse the query: {error}") from error
        if len(statements) != 1:
            raise QueryRefused(f"expected one SELECT, got {len(statements)} statements; send them one by one")
        kind = statements[0].type
        if kind not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
            raise QueryRefused(f"only SELECT is answered here, got {kind.name}")


@contextmanager
def reading(
    open_cursor: Callable[[], duckdb.DuckDBPyConnection],
    sql: str,
    parameters: Mapping[str, Parameter] | None = None,
    timeout_s: float = 30.0,
) -> Generator[pa.RecordBatchReader]:
    """Yield the answer of one SELECT as a stream of record batches; the cursor ends with the block.

    The query runs in a READ ONLY transaction of a cursor of its own: a data-modifying CTE parses as a SELECT
    and would otherwise write. A timer interrupts it after `timeout_s` seconds, reading included.
    Errors: QueryRefused, QueryFailed.
    """
    check(sql)
    cursor = open_cursor()
    expired = threading.Event()

    def interrupt() -> None:
        expired.set()
        cursor.interrupt()

    timer = threading.Timer(timeout_s, interrupt)
    timer.daemon = True
    try:
        cursor.execute("begin transaction read only")
        timer.start()
        try:
            yield cursor.sql(sql, params=dict(parameters) if parameters else None).to_arrow_reader(BATCH_ROWS)
        except (duckdb.Error, pa.ArrowException, OSError) as error:  # Arrow reports an interrupt as OSError
            if expired.is_set():
                raise QueryFailed(
                    f"the query was stopped after {timeout_s:g} s; narrow it, for instance by time"
                ) from error
            raise QueryFailed(f"the query failed: {error}") from error
    finally:
        timer.cancel()
        cursor.close()
