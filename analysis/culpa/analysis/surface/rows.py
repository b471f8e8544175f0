"""The answer to a question: rows that show themselves and go over into pandas, polars or Arrow."""

from collections.abc import Iterator
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, overload

import pyarrow as pa

from culpa.store import json_rows, python_rows

if TYPE_CHECKING:
    import pandas  # type: ignore[import-untyped, unused-ignore]  # ships no types; its stubs are a package of their own
    import polars

#: More rows than this help nobody on a screen; all of them are in `.arrow()` and by iteration.
SHOWN_ROWS = 100
#: With more columns a grid of text would be slivers; then each row is a block of lines, and fewer are shown.
GRID_COLUMNS = 10
SHOWN_RECORDS = 10


class MissingLibrary(ImportError):
    """A library that only some answers need is not installed."""


class Rows:
    """The rows of one answer.

    Shape: iterating and indexing give dicts keyed by column, in the order that the question asked for.
    Units: times are `datetime` in UTC there; `.arrow()`, `.df()` and `.pl()` keep nanoseconds (UTC, no zone).
    """

    def __init__(self, table: pa.Table) -> None:
        """Hold the answer; nothing is copied before it is looked at."""
        self._table = table

    @cached_property
    def _dicts(self) -> list[dict[str, Any]]:
        return python_rows(self._table)

    @property
    def columns(self) -> list[str]:
        """Return the names of the columns in their order."""
        return list(self._table.column_names)

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self._dicts)

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, index: slice) -> "Rows": ...
    def __getitem__(self, index: int | slice) -> "dict[str, Any] | Rows":
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            if step == 1:
                return Rows(self._table.slice(start, max(0, stop - start)))
            return Rows(self._table.take(pa.array(range(start, stop, step), type=pa.int64())))
        return self._dicts[index]

    def arrow(self) -> pa.Table:
        """Return the answer as it came."""
        return self._table

    def df(self) -> "pandas.DataFrame":
        """Return a pandas DataFrame. Errors: MissingLibrary says what to install."""
        _need("pandas", ".df()")
        return _pandas(self._table)

    def pl(self) -> "polars.DataFrame":
        """Return a polars DataFrame. Errors: MissingLibrary says what to install."""
        library = _need("polars", ".pl()")
        frame: polars.DataFrame = library.DataFrame(self._table)
        return frame

    def json(self) -> list[dict[str, Any]]:
        """Return dicts of values that JSON knows; times are ISO text in UTC with all their digits."""
        return json_rows(self._table)

    def __repr__(self) -> str:
        # It imports rich, for which whoever shows no grid should not pay.
        from culpa.analysis.report.grid import text_grid, text_records

        if len(self.columns) > GRID_COLUMNS:
            few = self._table.slice(0, SHOWN_RECORDS)
            return f"{text_records(self.columns, json_rows(few))}\n{_footer(len(self), SHOWN_RECORDS)}"
        shown = self._table.slice(0, SHOWN_ROWS)
        return text_grid(self.columns, json_rows(shown)) + _footer(len(self), SHOWN_ROWS)

    def _repr_html_(self) -> str:
        from culpa.analysis.report.grid import html_grid

        shown = self._table.slice(0, SHOWN_ROWS)
        return html_grid(self.columns, json_rows(shown), footer=_footer(len(self), SHOWN_ROWS))


def _pandas(table: Any) -> Any:
    # Any: neither Arrow nor pandas tells a type checker what this returns. Python's dates would end in the year 9999.
    return table.to_pandas(date_as_object=False)


def _footer(count: int, shown: int) -> str:
    if count > shown:
        return f"the first {shown} of {count} rows"
    return f"{count} row" if count == 1 else f"{count} rows"


def _need(library: str, asked: str) -> Any:
    try:
        return import_module(library)
    except ImportError as missing:
        raise MissingLibrary(f"{asked} needs {library}, which is not installed: pip install {library}") from missing
