"""Which rows of a relation somebody asks to be forgotten, as a condition of SQL on the alias `m`."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa

from culpa.store.forgetting.wish import Wish
from culpa.store.schema import arrow_schema, arrow_schemas

#: They say what was received from where, and which files there are; no telemetry is in them.
_OF_THE_STORE = frozenset({"segment_meta", "segments", "received_bodies", "tail_positions"})
#: Stands between the texts of a row: no text has it.
_BETWEEN = "chr(31)"


def forgettable() -> list[str]:
    """Return the relations whose rows can be forgotten."""
    return sorted(set(arrow_schemas()) - _OF_THE_STORE)


def bind(connection: duckdb.DuckDBPyConnection, wish: Wish) -> None:
    """Make the values of the wish known to this connection; the conditions speak of them by name."""
    values = {"service": wish.services, "trace": wish.traces, "text": tuple(text.lower() for text in wish.texts)}
    for kind, found in values.items():
        for number, value in enumerate(found):
            connection.execute(f"set variable forget_{kind}_{number} = $value", {"value": value})
    connection.execute("set variable forget_resources = $value::ubigint[]", {"value": list(wish.resources)})


def condition(relation: str, wish: Wish) -> str:
    """Return the condition, which is never null; 'false' for a relation that holds nothing of the kind."""
    if relation in _OF_THE_STORE:
        return "false"
    names = arrow_schema(relation).names
    found = [one for value in _values("service", wish.services) for one in _of_service(relation, names, value)]
    found += [one for value in _values("trace", wish.traces) for one in _of_trace(names, value)]
    if wish.texts:
        texts = f"lower(concat_ws({_BETWEEN}, {', '.join(_texts_of(relation))}))"
        found += [f"contains({texts}, {value})" for value in _values("text", wish.texts)]
    if wish.resources and "resource_id" in names:
        # As a set: a service may have had thousands of processes.
        found.append("m.resource_id in (select unnest(getvariable('forget_resources')))")
    return f"coalesce({' or '.join(found)}, false)" if found else "false"


def _values(kind: str, values: tuple[str, ...]) -> list[str]:
    return [f"getvariable('forget_{kind}_{number}')" for number in range(len(values))]


def _of_service(relation: str, names: list[str], value: str) -> Iterator[str]:
    for name in ("service_name", "service", "component"):
        if name in names:
            # With its namespace in front; what has a scheme is a database or an address.
            yield f"m.{name} = {value}"
            yield f"(ends_with(m.{name}, '/' || {value}) and not contains(m.{name}, '://'))"
    if relation == "verdict_revisions":
        yield f"contains('/' || array_to_string(m.services, '//') || '/', '/' || {value} || '/')"


def _of_trace(names: list[str], value: str) -> Iterator[str]:
    if "trace_id" in names:
        yield f"m.trace_id = {value}"
    if "joined" in names:
        # 'id by the way in which it was joined': its verdict quotes that trace.
        yield f"contains({_BETWEEN} || array_to_string(m.joined, {_BETWEEN}), {_BETWEEN} || {value} || ' ')"


def _texts_of(relation: str) -> Iterator[str]:
    schema = arrow_schema(relation)
    for name, kind in zip(schema.names, schema.types, strict=True):
        yield from _texts(f'm."{name}"', kind, 0)


def _texts(expression: str, kind: pa.DataType, depth: int) -> Iterator[str]:
    """Yield an expression of text for all text within a value, however deep it lies."""
    if pa.types.is_string(kind):
        yield expression
    elif pa.types.is_struct(kind):
        # Its stub knows nothing of the fields' types.
        struct: Any = kind
        for field in struct.fields:
            yield from _texts(f'{expression}."{field.name}"', field.type, depth)
    elif pa.types.is_list(kind):
        inner = f"x{depth}"
        for text in _texts(inner, kind.value_type, depth + 1):
            each = expression if text == inner else f"list_transform({expression}, lambda {inner}: {text})"
            yield f"array_to_string({each}, {_BETWEEN})"
