"""Write a segment file anew, so that it is as small as its rows, and no free block holds what was deleted."""

import os
from pathlib import Path

import duckdb

from culpa.store.alone import quoted, relations
from culpa.store.attached import ROW_GROUP_ROWS
from culpa.store.duckdb import DuckDBStore
from culpa.store.errors import StoreUnavailable
from culpa.store.forgetting.matching import bind, condition
from culpa.store.forgetting.wish import Wish
from culpa.store.guard import shut_in
from culpa.store.making import make_relations
from culpa.store.schema import arrow_schemas
from culpa.store.segments.listing import rebuilt_of, remove_rebuilt, sync_folder
from culpa.store.trouble import translate

_META = "segment_meta"


def rebuild(path: Path, wish: Wish | None = None) -> None:
    """Write it anew without the rows that are meant; it takes its own name in one step.

    Errors: StoreError; then it is as it was.
    """
    # Brings it to this version, and its log into it.
    with DuckDBStore(path, writable=True) as store:
        store.checkpoint()
    new = rebuilt_of(path)
    remove_rebuilt(path)
    try:
        with duckdb.connect(":memory:", config={"autoload_known_extensions": False, "threads": 1}) as connection:
            connection.execute("pragma disable_checkpoint_on_shutdown")
            # Held for writing until the new one has its name: no collector may begin with the old one.
            connection.execute(f"attach '{quoted(path)}' as segment")
            connection.execute(
                f"attach '{quoted(new)}' as target (storage_version 'v1.5.0', row_group_size {ROW_GROUP_ROWS})"
            )
            shut_in(connection)
            _fill(connection, wish or Wish())
            connection.execute("checkpoint target")
            connection.execute("detach target")
            with new.open("rb") as file:
                os.fsync(file.fileno())
            new.rename(path)
            sync_folder(path.parent)
    except duckdb.Error as error:
        raise translate(error, str(path), "be written anew") from error
    finally:
        remove_rebuilt(path)


def _fill(connection: duckdb.DuckDBPyConnection, wish: Wish) -> None:
    make_relations(connection, "target")
    bind(connection, wish)
    connection.execute(f"delete from target.data.{_META}")
    there = set(relations(connection))
    for name, schema in arrow_schemas().items():
        if name not in there:
            continue
        columns = ", ".join(f'"{column}"' for column in schema.names)
        rows = f'from segment.data."{name}" as m where not {condition(name, wish)}'
        connection.execute(f'insert into target.data."{name}" ({columns}) select {columns} {rows}')
        [(wanted, found)] = connection.execute(
            f'select (select count(*) {rows}), (select count(*) from target.data."{name}")'
        ).fetchall()
        if wanted != found:
            raise StoreUnavailable(f"of {wanted} rows of {name} {found} were written; nothing was changed, try again")
