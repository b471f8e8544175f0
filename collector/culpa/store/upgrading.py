"""Bring a store of an earlier version to this one."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from culpa.store.alone import alone
from culpa.store.duckdb import DuckDBStore, segment_of
from culpa.store.errors import NotAStore
from culpa.store.schema import SCHEMA_VERSION, ddl_digest


@dataclass(frozen=True)
class Upgraded:
    """The form before and now, a digest of the relations, '' where that was not kept yet; and what was added."""

    before: str
    now: str
    added: list[str]


def upgrade(where: Path) -> Upgraded:
    """Make the relations and columns that this version has and the store lacks; one that has all is left as it is.

    Errors: NotAStore for a store of a newer version; StoreLocked while somebody writes.
    """
    hot = segment_of(where)
    with alone(hot, str(where)) as connection:
        version, before = (_kept(connection, key) for key in ("schema_version", "ddl"))
        columns = _columns(connection)
    if not columns:
        raise NotAStore(f"{where} is a DuckDB file, but not one that culpa wrote; name another one")
    if version and version != SCHEMA_VERSION:
        raise NotAStore(
            f"store {where} has schema version {version}, this culpa makes {SCHEMA_VERSION}: a newer culpa wrote it; "
            "pip install -U culpa"
        )
    if before == ddl_digest():
        return Upgraded(before, before, [])
    with DuckDBStore(where, writable=True) as store:
        store.checkpoint()
    with alone(hot, str(where)) as connection:
        return Upgraded(before, _kept(connection, "ddl"), sorted(_columns(connection) - columns))


def _kept(connection: duckdb.DuckDBPyConnection, key: str) -> str:
    try:
        rows = connection.execute(
            "select value from segment.data.segment_meta where key = $key", {"key": key}
        ).fetchall()
    except duckdb.CatalogException:
        return ""
    return str(rows[0][0]) if rows else ""


def _columns(connection: duckdb.DuckDBPyConnection) -> set[str]:
    rows = connection.execute(
        "select table_name || '.' || column_name from duckdb_columns() "
        "where database_name = 'segment' and schema_name in ('data', 'main') and not internal"
    ).fetchall()
    return {name for (name,) in rows}
