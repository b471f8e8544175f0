"""Save rows of which only some columns are damaged: many row groups may share the block of a small column."""

from typing import Any

import duckdb
import pyarrow as pa

from culpa.store.ruin import Ruin
from culpa.store.schema import arrow_schema
from culpa.store.trouble import is_damage

#: Rows without one of these can neither be found nor be joined.
_NEEDED = frozenset({"trace_id", "span_id", "time", "start_time", "ended_at", "log_id", "access_id", "exception_id"})
#: Two lists of one length.
_PAIRS = {"attr_keys": "attr_vals", "attr_vals": "attr_keys"}


def without_columns(ruin: Ruin, relation: str, first: int, end: int) -> pa.Table | None:
    """Return rows with every column that cannot be read absent; None where a needed one or most are among them."""
    schema = arrow_schema(relation)
    found: dict[str, Any] = {}
    for name in schema.names:
        try:
            found[name] = ruin.read(relation, first, end, f'"{name}"').to_arrow_table().column(0)
        except duckdb.Error as error:
            if not is_damage(str(error)):
                raise
    bad = [name for name in schema.names if name not in found or _PAIRS.get(name, name) not in found]
    if 2 * len(bad) > len(schema.names) or _NEEDED.intersection(bad):
        return None
    count = max(len(column) for column in found.values())
    if count:
        ruin.lost(f"{', '.join(bad)} of {count} rows of {relation} could not be read; the rows are saved without")
    kinds = zip(schema.names, schema.types, strict=True)
    columns = [_absent(kind, count) if name in bad else found[name] for name, kind in kinds]
    return pa.Table.from_arrays(columns, names=schema.names)


def _absent(kind: pa.DataType, count: int) -> Any:
    value: object = 0
    if pa.types.is_string(kind):
        value = ""
    elif pa.types.is_list(kind):
        value = []
    elif pa.types.is_boolean(kind):
        value = False
    return pa.array([value] * count, kind)
