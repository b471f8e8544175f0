"""One file of a store, opened alone: without the sealed files that it may list, and shut in."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from culpa.store.damage import check_acknowledged
from culpa.store.guard import shut_in
from culpa.store.trouble import check_file, translate


@contextmanager
def alone(path: Path, where: str = "") -> Generator[duckdb.DuckDBPyConnection]:
    """Yield a connection that reads the file as `segment`; `where` is what messages call it.

    Errors: StoreNotFound, NotAStore, StoreDamaged, StoreLocked; what the block meets in the file is one of them too.
    """
    where = where or str(path)
    check_acknowledged(path, where)
    check_file(path, writable=False)
    with duckdb.connect(":memory:", config={"autoload_known_extensions": False, "threads": 1}) as connection:
        try:
            connection.execute(f"attach '{quoted(path)}' as segment (read_only)")
            shut_in(connection)
            yield connection
        except duckdb.Error as error:
            raise translate(error, where, "") from error


def quoted(path: Path) -> str:
    """Return a path as it stands between quotes in SQL."""
    return str(path).replace("'", "''")


def relations(connection: duckdb.DuckDBPyConnection, catalog: str = "segment") -> list[str]:
    """Return the names of the tables of a file."""
    found = connection.execute(
        "select table_name from duckdb_tables() where database_name = $catalog and schema_name = 'data' order by all",
        {"catalog": catalog},
    ).fetchall()
    return [name for (name,) in found]
