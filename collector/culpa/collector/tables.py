"""What all that makes rows has in common: columns or rows as a relation of the store, and how late a time may be."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from culpa.collector.kernels import Column, arrow
from culpa.store import arrow_schema

#: What is later than 2100-01-01 is taken for that. TIMESTAMP_NS reaches to 2262, but what SQL makes of two times, or of
#: a time and a duration, must fit 64 bits too.
MAX_NS = 4_102_444_800 * 10**9

#: So many characters are kept of a line or an item that cannot be read.
KEPT_CHARS = 8_192


def table_of(relation: str, columns: Mapping[str, Column]) -> pa.Table:
    """Return columns as a table of the relation, each cast to the store's type.

    Errors: KeyError for a missing one.
    """
    schema = arrow_schema(relation)
    cast = [columns[name].cast(column_type(relation, name)) for name in schema.names]
    table: pa.Table = arrow.Table.from_arrays(cast, schema=schema)
    return table


def table_of_rows(relation: str, rows: Sequence[Mapping[str, object]]) -> pa.Table:
    """Return rows as a table of the relation.

    Errors: OverflowError, pa.ArrowInvalid for a value that does not fit.
    """
    table: pa.Table = arrow.Table.from_pylist(rows, schema=arrow_schema(relation))
    return table


def column_type(relation: str, name: str) -> Column:
    """Return the Arrow type of a column."""
    schema: Column = arrow_schema(relation)
    return schema.field(name).type


def column_of(table: pa.Table, name: str) -> Column:
    """Return a column of a table."""
    return table[name]


def times_of(table: pa.Table, name: str) -> npt.NDArray[np.int64]:
    """Return a column of timestamps as nanoseconds."""
    times: npt.NDArray[np.int64] = column_of(table, name).cast(arrow.int64()).to_numpy()
    return times
