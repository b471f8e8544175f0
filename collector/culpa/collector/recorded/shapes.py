"""Which columns of a table are which, whoever wrote it, and the SQL of DuckDB that says them as the exporter's.

Recognised by names and types of columns alone, never by a path or a version.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

if TYPE_CHECKING:
    import duckdb
    from duckdb.sqltypes import DuckDBPyType

Signal = Literal["traces", "logs"]

_NEEDED: Mapping[Signal, tuple[frozenset[str], ...]] = {
    "traces": (
        *(frozenset({name}) for name in ("Timestamp", "TraceId", "SpanId", "SpanName")),
        frozenset({"Duration", "EndTimestamp"}),
    ),
    "logs": (
        *(frozenset({name}) for name in ("Timestamp", "TraceId", "Body")),
        frozenset({"SeverityText", "SeverityNumber"}),
    ),
}
_TIMES = frozenset({"Timestamp", "ObservedTimestamp", "EndTimestamp"})
_IDS = frozenset({"TraceId", "SpanId", "ParentSpanId"})
_WORDS: Mapping[str, tuple[str, ...]] = {
    "SpanKind": ("Unspecified", "Internal", "Server", "Client", "Producer", "Consumer"),
    "StatusCode": ("Unset", "Ok", "Error"),
}
_TEXTS = frozenset({"TraceState", "SpanName", "ServiceName", "ScopeName", "StatusMessage", "Body", "SeverityText"})
_INTEGERS = frozenset(
    f"{sign}{size}int" for sign in ("", "u") for size in ("tiny", "small", "", "big", "huge")
) | frozenset({"integer", "uinteger"})
_NOT_WORD = re.compile(r"[^a-z0-9]")

#: A number of time is of seconds, ms, µs or ns by its size: those of one year are apart by a factor of a thousand.
_MACROS = (
    """
    create or replace macro unit_ns(number) as case
        when number < 100000000000 then 1000000000
        when number < 100000000000000 then 1000000
        when number < 100000000000000000 then 1000
        else 1
    end
    """,
    "create or replace macro counted_ns(number) as try_cast(number::hugeint * unit_ns(number) as bigint)",
    """
    create or replace macro written_ns(text) as
    coalesce(counted_ns(try_cast(text as bigint)), try(epoch_ns(try_cast(text as timestamp_ns))))
    """,
    # As hex digits; 16 and 8 bytes are 24 and 12 characters of base64, which may lack what pads them.
    """
    create or replace macro written_id(text) as case
        when length(text) in (24, 12) then coalesce(lower(hex(try(from_base64(text)))), lower(text))
        when length(text) = 22 then coalesce(lower(hex(try(from_base64(text || '==')))), lower(text))
        when length(text) = 11 then coalesce(lower(hex(try(from_base64(text || '=')))), lower(text))
        else lower(text)
    end
    """,
    """
    create or replace macro bytes_id(bytes) as case
        -- The id of a span is 16 digits, too.
        when octet_length(bytes) in (16, 8) and not regexp_full_match(coalesce(try(decode(bytes)), ''), '[0-9a-fA-F]+')
        then lower(hex(bytes))
        else written_id(coalesce(try(decode(bytes)), ''))
    end
    """,
)


class Shape(NamedTuple):
    """How one table says spans or log records."""

    signal: Signal
    columns: Mapping[str, str]  # what says the exporter's column, as an expression over the table's
    attributes: Callable[[str], str]  # of a span, by a key: its expression, a text, '' where there is none
    at: str  # the table's own column of the time


def prepare(engine: "duckdb.DuckDBPyConnection") -> None:
    """Make the macros that the expressions need."""
    for macro in _MACROS:
        engine.execute(macro)


def shape_of(columns: "Mapping[str, DuckDBPyType]") -> Shape | None:
    """Return how a table with these columns says spans or log records, None if it says neither."""
    for signal in _NEEDED:
        found = _spelled(signal, columns)
        if all(some & found.keys() for some in _NEEDED[signal]):
            return _shape(signal, {name: (column, columns[column]) for name, column in found.items()})
    return None


def lacking(columns: "Mapping[str, DuckDBPyType]") -> str:
    """Return what a table lacks, as the columns of the signal that it is nearest to."""
    missing = [
        [" or ".join(sorted(some)) for some in needed if not some & _spelled(signal, columns).keys()]
        for signal, needed in _NEEDED.items()
    ]
    nearest = min(missing, key=len)
    return ", ".join(nearest)


def quoted(name: str) -> str:
    """Return a name as DuckDB's SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def _spelled(signal: Signal, columns: "Mapping[str, DuckDBPyType]") -> dict[str, str]:
    """Return the table's columns by the exporter's names."""
    held = {_NOT_WORD.sub("", column.lower()): column for column in reversed(tuple(columns))}
    return {
        name: held[spellings[0]]
        for name, all_of_them in _spellings(signal)
        if (spellings := [one for one in all_of_them if one in held])
    }


@cache
def _spellings(signal: Signal) -> tuple[tuple[str, tuple[str, ...]], ...]:
    text = files("culpa.collector.recorded").joinpath("spellings.tsv").read_text("utf-8")
    lines = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return tuple((name, tuple(spellings.split())) for name, of, spellings in lines if of in ("", signal))


_Columns = Mapping[str, "tuple[str, DuckDBPyType]"]


def _shape(signal: Signal, columns: _Columns) -> Shape:
    said = dict(_said(columns))
    if "ObservedTimestamp" in said:
        said["Timestamp"] = f"coalesce(nullif({said['Timestamp']}, 0), {said.pop('ObservedTimestamp')})"
    if end := said.pop("EndTimestamp", ""):
        said["Duration"] = _duration(said, end, columns)
    column, kind = columns.get("SpanAttributes", ("", None))

    def attribute(key: str) -> str:
        return _attribute(quoted(column), kind, key) if kind else "''"

    return Shape(signal, said, attribute, columns["Timestamp"][0])


def _duration(said: Mapping[str, str], end: str, columns: _Columns) -> str:
    """Return the expression of a duration beside an end: it counts what the end counts, ms or ns."""
    start = said["Timestamp"]
    if "Duration" not in said:
        return f"greatest({end} - {start}, 0)"
    column, kind = columns["EndTimestamp"]
    unit = f"unit_ns({quoted(column)})" if kind.id in _INTEGERS else "1"
    return f"coalesce(try_cast({said['Duration']}::hugeint * {unit} as bigint), 0)"


def _said(columns: _Columns) -> Iterator[tuple[str, str]]:
    for name, (column, kind) in columns.items():
        value = quoted(column)
        if name in _TIMES:
            yield name, f"greatest(coalesce({_time(value, kind)}, 0), 0)"
        elif name in _IDS:
            yield name, f"coalesce({'bytes_id' if kind.id == 'blob' else 'written_id'}({value}), '')"
        elif name in _WORDS and kind.id in _INTEGERS:
            words = ", ".join(f"'{word}'" for word in _WORDS[name])
            yield name, f"coalesce([{words}][{value} + 1], '')"
        elif name in _TEXTS or name in _WORDS:
            yield name, f"coalesce({_text(value, kind)}, '')"
        elif name == "Duration":
            yield name, _whole(value, kind)
        elif name == "Events.Timestamp":
            yield (
                name,
                f"list_transform({value}, lambda x: {_time('x', _members(kind)['child'])})"
                if kind.id == "list"
                else value,
            )
        else:
            yield name, value


def _text(value: str, kind: "DuckDBPyType") -> str:
    if kind.id == "blob":
        return f"try(decode({value}))"
    return value if kind.id == "varchar" else f"cast({value} as varchar)"


def _time(value: str, kind: "DuckDBPyType") -> str:
    if kind.id.startswith("timestamp") or kind.id == "date":
        return f"try(epoch_ns({value}))"
    if kind.id in ("varchar", "blob"):
        return f"written_ns({_text(value, kind)})"
    return f"counted_ns({value})" if kind.id in _INTEGERS else f"try_cast({value} * unit_ns({value}) as bigint)"


def _whole(value: str, kind: "DuckDBPyType") -> str:
    if kind.id == "interval":
        return f"coalesce(try_cast(epoch({value}) * 1000000000 as bigint), 0)"
    return f"coalesce(try_cast({value} as bigint), 0)"


def _attribute(column: str, kind: "DuckDBPyType", key: str) -> str:
    if kind.id == "map":
        members = _members(kind)
        asked = f"'{key}'::blob" if members["key"].id == "blob" else f"'{key}'"
        return f"coalesce({_any(f'{column}[{asked}]', members['value'])}, '')"
    if kind.id == "list" and _members(kind)["child"].id == "struct":
        members = _members(_members(kind)["child"])
        if members.keys() >= {"key", "value"}:
            found = f"list_filter({column}, lambda x: x.key = '{key}')[1].value"
            return f"coalesce({_any(found, members['value'])}, '')"
    if kind.id == "struct":
        members = _members(kind)
        return f"coalesce({_any(f'{column}.{quoted(key)}', members[key])}, '')" if key in members else "''"
    if kind.id in ("varchar", "json", "blob"):
        return _of_json(_text(column, kind), key)
    return "''"


def _any(value: str, kind: "DuckDBPyType") -> str:
    """Return a value as text, also one as OTLP has it, which is a group of a member for each type."""
    if kind.id == "struct":
        return (
            f"coalesce({', '.join(_text(f'{value}.{quoted(name)}', child) for name, child in _members(kind).items())})"
        )
    return _text(value, kind)


def _of_json(text: str, key: str) -> str:
    """Return the expression of a member of JSON: of an object, also one within others, or of a list of pairs."""
    path = ".".join(f'"{part}"' for part in key.split("."))
    member = f"""json_extract_string({text}, ['$."{key}"', '$.{path}'])"""
    pair = f'list_filter(from_json({text}, \'[{{"key": "VARCHAR", "value": "JSON"}}]\'), lambda x: x.key = \'{key}\')'
    return (
        f"coalesce(try(case when left(ltrim({text}), 1) = '[' then json_extract_string("
        f"{pair}[1].value, case when json_type({pair}[1].value) = 'OBJECT' then '$.*' else '$' end) "
        f"else coalesce({member}[1], {member}[2]) end), '')"
    )


def _members(kind: "DuckDBPyType") -> "dict[str, DuckDBPyType]":
    """Return the types within a type by name: those of a group, `child` of a list, `key` and `value` of a map."""
    return dict(cast("list[tuple[str, DuckDBPyType]]", kind.children))
