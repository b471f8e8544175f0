"""Make the relations of a segment."""

import duckdb

from culpa.store.schema import SCHEMA_VERSION, ddl, ddl_digest


def make_relations(connection: duckdb.DuckDBPyConnection, catalog: str = "segment") -> None:
    """Make the relations as this version has them; a file that has them already is left as it is."""
    if is_current(connection, catalog):
        return
    connection.execute(f"use {catalog}")
    connection.execute("begin transaction")
    for text in ddl():
        connection.execute(text)
    # The version of a segment stays the one that it was made with.
    connection.execute(
        "insert into data.segment_meta select 'schema_version', $version "
        "where not exists (select 1 from data.segment_meta as m where m.key = 'schema_version')",
        {"version": SCHEMA_VERSION},
    )
    connection.execute("delete from data.segment_meta where key = 'ddl'")
    connection.execute("insert into data.segment_meta values ('ddl', $digest)", {"digest": ddl_digest()})
    connection.execute("commit")
    connection.execute("use memory")
    connection.execute(f"checkpoint {catalog}")


def is_current(connection: duckdb.DuckDBPyConnection, catalog: str = "segment") -> bool:
    """Say whether the relations of the file are those of this version."""
    try:
        rows = connection.execute(f"select value from {catalog}.data.segment_meta where key = 'ddl'").fetchall()
    except duckdb.CatalogException:
        return False
    return rows == [(ddl_digest(),)]
