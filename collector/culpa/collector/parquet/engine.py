"""DuckDB, reading files of a place: a disk's by itself, those of an object store through Arrow."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import duckdb

from culpa.collector.parquet.place import Found, Place
from culpa.collector.parquet.through import SCHEME, through
from culpa.collector.recorded.shapes import prepare

if TYPE_CHECKING:
    from duckdb.sqltypes import DuckDBPyType

#: Nothing is fetched from the net, and what does not fit is refused rather than spilled.
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "2GiB",
    "temp_directory": "",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
_BLOCK_ROWS = 2_000

Value = int | str | Sequence[str]


class Engine:
    """One DuckDB in memory. For one thread."""

    def __init__(self, place: Place) -> None:
        """Begin with nothing."""
        self._place = place
        self._engine = duckdb.connect(":memory:", config=_CONFIG)
        self._engine.execute("set timezone = 'UTC'")
        prepare(self._engine)
        if place.address.is_remote:
            self._engine.register_filesystem(through(place.files))

    def source(self, files: Sequence[Found]) -> str:
        """Return what stands for files in SQL."""
        begin = f"{SCHEME}://" if self._place.address.is_remote else ""
        names = (begin + self._place.whole(file.path) for file in files)
        quoted = ", ".join("'" + name.replace("'", "''") + "'" for name in names)
        return f"read_parquet([{quoted}], hive_partitioning = false)"

    def describe(self, file: Found) -> "dict[str, DuckDBPyType]":
        """Return the columns of a file. Errors: duckdb.Error."""
        table = self._engine.sql(f"from {self.source([file])}")
        return dict(zip(table.columns, table.types, strict=True))

    def rows(self, sql: str, parameters: Mapping[str, Value]) -> Iterator[list[dict[str, Any]]]:
        """Yield an answer's rows block by block. Errors: duckdb.Error."""
        cursor = self._engine.cursor()
        try:
            used = {name: value for name, value in parameters.items() if f"${name}" in sql}
            found = cursor.execute(sql, used)
            names = [column[0] for column in found.description]
            while rows := found.fetchmany(_BLOCK_ROWS):
                yield [dict(zip(names, row, strict=True)) for row in rows]
        finally:
            cursor.close()

    def close(self) -> None:
        """Let go of it. May be called twice."""
        self._engine.close()
