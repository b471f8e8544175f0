"""The relations of a segment, read out of their DDL: the one place where columns are listed.

Refuses to hold column lists of its own; `sql/duckdb/*.sql` is the source.
"""

from functools import cache
from hashlib import blake2b
from importlib.resources import files

import duckdb
import pyarrow as pa

#: Bumped when a segment written by this version cannot be read as one written before.
SCHEMA_VERSION = "1"


def ddl() -> list[str]:
    """Return the DDL texts of a DuckDB segment in the order in which they run."""
    folder = files("culpa.store") / "sql" / "duckdb"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(folder / name).read_text("utf-8") for name in names]


@cache
def ddl_digest() -> str:
    """Return what tells the relations of this version from those of another."""
    return blake2b("\n".join(ddl()).encode(), digest_size=8).hexdigest()


def macros() -> str:
    """Return the DDL text of the small functions, which every database that holds views needs for itself."""
    return _text("002_macros")


def macros_over_relations() -> str:
    """Return the DDL text of the macros that read relations; those must be there when it runs."""
    return _text("004_problem_rows")


def _text(name: str) -> str:
    return (files("culpa.store") / "sql" / "duckdb" / f"{name}.sql").read_text("utf-8")


@cache
def arrow_schemas() -> dict[str, pa.Schema]:
    """Return the Arrow schema of every table of a segment, keyed by relation name (`spans`, `logs`, …).

    Columns are in the order of the DDL; none is nullable unless the DDL says so.
    """
    with duckdb.connect(":memory:") as connection:
        # What has no table in it reads those that are there, and takes three times as long to make.
        for text in ddl():
            if "create table" in text:
                connection.execute(text)
        names = connection.execute("select table_name from duckdb_tables() where schema_name = 'data'").fetchall()
        return {name: connection.sql(f'select * from data."{name}"').to_arrow_table().schema for (name,) in names}


def arrow_schema(relation: str) -> pa.Schema:
    """Return the Arrow schema of one relation.

    Errors: KeyError for a relation that no segment has.
    """
    return arrow_schemas()[relation]
