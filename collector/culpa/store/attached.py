"""A connection of the engine to one segment, shut in: it reaches nothing else."""

from contextlib import suppress
from pathlib import Path

import duckdb

from culpa.store.errors import NotAStore
from culpa.store.guard import shut_in
from culpa.store.making import is_current, make_relations
from culpa.store.schema import SCHEMA_VERSION, macros, macros_over_relations
from culpa.store.segments.listing import HOT_SEGMENT, Segment, finish, segments, standing
from culpa.store.segments.sealed import Sealed
from culpa.store.segments.united import attach

#: Rows of one row group, and so of one well-aligned commit: such commits go straight to the file,
#: compressed, past the write-ahead log (3.3 us of CPU per span against 5.7-17).
ROW_GROUP_ROWS = 16_384


#: How every engine that answers questions is set: of rows that it takes to be few, as of whatever is read twice,
#: it would compare each with each.
ENGINE: dict[str, str | bool | int | float | list[str]] = {"asof_loop_join_threshold": 0}

#: Columns of verdicts since later versions, and what stands for them in a segment that is only read.
_LATER = {"services": "[]::varchar[]", "joined": "[]::varchar[]", "kind": "'request'"}
_VERDICTS = ("failures", "verdicts", "verdict_revisions")


def attached(
    path: Path, where: str, *, writable: bool, shared: bool, memory_limit: str | None, threads: int | None
) -> tuple[duckdb.DuckDBPyConnection, Sealed]:
    """Return a connection whose relations are the store's, and its sealed files; `where` is for messages.

    Errors: duckdb.Error, NotAStore.
    """
    connection = duckdb.connect(":memory:", config=_config(shared, memory_limit, threads))
    name = str(path).replace("'", "''")
    options = f"storage_version 'v1.5.0', row_group_size {ROW_GROUP_ROWS}" if writable else "read_only"
    try:
        # The engine would do it by name, whatever has the name by then.
        connection.execute("pragma disable_checkpoint_on_shutdown")
        connection.execute(f"attach '{name}' as segment ({options})")
        if writable:
            # Files are sealed while it runs.
            shut_in(connection, path.parent if path.name == HOT_SEGMENT else None)
            _check_newer(connection, where)
            make_relations(connection)
            parts = _parts(connection, path, is_owner=True)
        else:
            parts = _parts(connection, path, is_owner=False)
            shut_in(connection)
        sealed = Sealed(connection, path.parent, parts)
        if not parts:
            _unite(connection)
        _check_version(connection, where)
    except BaseException:
        connection.close()
        raise
    return connection, sealed


def _parts(connection: duckdb.DuckDBPyConnection, path: Path, *, is_owner: bool) -> tuple[Segment, ...]:
    """Attach the sealed files beside the hot one; a segment of another name is a store of its own."""
    if path.name != HOT_SEGMENT:
        return ()
    if is_owner:
        finish(path.parent, segments(connection))
    return attach(connection, path.parent, standing(connection))


def _config(
    shared: bool, memory_limit: str | None, threads: int | None
) -> dict[str, str | bool | int | float | list[str]]:
    config: dict[str, str | bool | int | float | list[str]] = {
        "preserve_insertion_order": False,
        # The default of 16 MB stalls writers for seconds; see benchmarks. Of a shared store the engine makes
        # none by itself: a reader of a snapshot would be left with half of it.
        "checkpoint_threshold": "1TB" if shared else "64MB",
        "autoload_known_extensions": False,
        **ENGINE,
    }
    if memory_limit:
        config["memory_limit"] = memory_limit
    if threads:
        config["threads"] = threads
    return config


def _check_newer(connection: duckdb.DuckDBPyConnection, where: str) -> None:
    """Refuse what another version wrote before anything in it is changed; a file that is just made has no version."""
    with suppress(duckdb.CatalogException):
        _check_version(connection, where)


def _check_version(connection: duckdb.DuckDBPyConnection, where: str) -> None:
    rows = connection.execute("select value from segment.data.segment_meta where key = 'schema_version'").fetchall()
    found = rows[0][0] if rows else "none"
    if found != SCHEMA_VERSION:
        raise NotAStore(
            f"store {where} has schema version {found}, this culpa reads {SCHEMA_VERSION}; "
            "ingest its sources again, or read it with the culpa that wrote it"
        )


def _unite(connection: duckdb.DuckDBPyConnection) -> None:
    """Make views in the in-memory database that stand for the relations of a segment that is the whole store."""
    names = connection.execute(
        "select view_name from duckdb_views() where database_name = 'segment' and schema_name = 'main' and not internal"
    ).fetchall()
    if not names:
        raise duckdb.CatalogException("no culpa relations")
    connection.execute(macros())
    # To describe a view costs milliseconds, and nearly every segment is of this version.
    older = () if is_current(connection) else _VERDICTS
    for (name,) in names:
        later = _later(connection, name) if name in older else ""
        connection.execute(f'create or replace view memory.main."{name}" as select *{later} from segment.main."{name}"')
    if ("failures",) not in names:  # Only of requests there were verdicts then.
        connection.execute("create or replace view memory.main.failures as select * from memory.main.verdicts")
    connection.execute(macros_over_relations())


def _later(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    """Return the columns that a relation of an older segment lacks, as a SELECT adds them."""
    described = connection.execute(f'describe segment.main."{name}"').fetchall()
    known = {column for column, *_ in described}
    return "".join(f", {absent} as {column}" for column, absent in _LATER.items() if column not in known)
