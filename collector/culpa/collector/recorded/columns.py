"""Tables of spans and log records out of Parquet and DuckDB files, whoever wrote them.

A stranger made the file: DuckDB reads it without access to any other, without spilling, and no view of it is asked.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from culpa.collector.dialects import clickhouse
from culpa.collector.dialects.dialect import Value
from culpa.collector.recorded.foreign import ForeignTraces
from culpa.collector.recorded.report import Report
from culpa.collector.recorded.shapes import prepare, quoted, shape_of

if TYPE_CHECKING:
    import duckdb

_PARQUET, _DUCKDB, _DUCKDB_AT = b"PAR1", b"DUCK", 8
_ROWS = 2_000
_MEMORY = "1GiB"


def kind_of_table(head: bytes) -> str:
    """Return `Parquet` or `DuckDB` by a file's first bytes, '' if it is neither."""
    if head[:4] == _PARQUET:
        return "Parquet"
    return "DuckDB" if head[_DUCKDB_AT : _DUCKDB_AT + 4] == _DUCKDB else ""


def kind_of_file(path: Path) -> str:
    """Return `Parquet` or `DuckDB` by what a file holds uncompressed, '' if it is neither or cannot be opened."""
    try:
        if not path.is_file():
            return ""  # to open a pipe would wait for its writer
        with path.open("rb") as raw:
            return kind_of_table(raw.read(_DUCKDB_AT + 4))
    except OSError:
        return ""


def read_tables(path: Path, kind: str, foreign: ForeignTraces, report: Report) -> None:
    """Take the rows of all tables that have the columns; a file that cannot be read, or tells nothing, is reported."""
    import duckdb

    count = 0
    try:
        with duckdb.connect(":memory:", config=_CONFIG) as engine:
            prepare(engine)
            for rows in _rows(engine, path, kind):
                count += foreign.take(clickhouse.CLICKHOUSE, rows)
    except duckdb.Error as error:
        report.bad_file(path, f"{kind} that cannot be read: {str(error).splitlines()[0]}")
        return
    if not count:
        needed = ", ".join(sorted(clickhouse.TRACES))
        report.bad_file(path, f"{kind} without rows of spans or log records (columns {needed}, …, in any spelling)")


_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": _MEMORY,
    "temp_directory": "",
    "threads": 1,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
#: In this order: no file but the one, no extension, nothing to be changed any more.
_GUARDS = ("set allowed_paths = [{file}]", "set enable_external_access = false", "set lock_configuration = true")


def _rows(engine: "duckdb.DuckDBPyConnection", path: Path, kind: str) -> Iterator[list[dict[str, Value]]]:
    file = _quoted(str(path.resolve()), "'")
    if kind == "DuckDB":
        engine.execute(f"attach {file} as given (read_only)")
    for guard in _GUARDS:
        engine.execute(guard.replace("{file}", file))
    for source in [f"read_parquet({file})"] if kind == "Parquet" else _tables(engine):
        yield from _of(engine, source)


def _tables(engine: "duckdb.DuckDBPyConnection") -> list[str]:
    """Return the tables of an attached file; views are left out, since they run what a stranger wrote."""
    found = engine.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = 'given' order by all"
    ).fetchall()
    return [".".join(_quoted(part, '"') for part in ("given", *names)) for names in found]


def _of(engine: "duckdb.DuckDBPyConnection", source: str) -> Iterator[list[dict[str, Value]]]:
    table = engine.sql(f"from {source}")
    shape = shape_of(dict(zip(table.columns, table.types, strict=True)))
    if shape is None:
        return
    asked = ", ".join(f"{value} as {quoted(name)}" for name, value in shape.columns.items())
    found = engine.execute(f"select {asked} from {source}")
    while rows := found.fetchmany(_ROWS):
        yield [dict(zip(shape.columns, row, strict=True)) for row in rows]


def _quoted(text: str, quote: str) -> str:
    return quote + text.replace(quote, quote * 2) + quote
