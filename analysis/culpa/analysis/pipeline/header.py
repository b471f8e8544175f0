"""What a relation's header says of it: its grain, its columns, and where it is idle. See docs/rules.md."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_GRAIN = re.compile(r"^-- (one|several) rows? per: ([a-z_]+(?:, [a-z_]+)*)", re.MULTILINE)
#: The grain of a relation that only says whether there is any.
_LONE = re.compile(r"^-- one row, or none$", re.MULTILINE)
_IDLE = re.compile(r"^-- idle without: ([a-z_, ]+)$", re.MULTILINE)
_COLUMNS = re.compile(r"^-- columns:\n((?:--   .+\n)+)", re.MULTILINE)
_AS_IN = re.compile(r"as in ([a-z_]+)(?:, without ([a-z_, ]+))?")


class BadRelation(Exception):
    """A relation's file cannot be part of the pipeline."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a relation; `kind` is DuckDB's name of its type, in lower case."""

    name: str
    kind: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Grain:
    """What tells the rows of a relation apart.

    Shape: where `is_unique`, no two rows have the same `columns`, and where there are none, there is at most one row.
    """

    columns: tuple[str, ...]
    is_unique: bool


def grain(text: str) -> Grain:
    """Return the grain that a file's header tells. Errors: BadRelation where it tells none."""
    if _LONE.search(text):
        return Grain((), True)
    if said := _GRAIN.search(text):
        return Grain(tuple(said[2].split(", ")), said[1] == "one")
    raise BadRelation("tells no grain; add a line '-- one row per: NAME, NAME'")


def idle_without(text: str) -> frozenset[str]:
    """Return the relations without whose rows a file's header says that it finds nothing."""
    said = _IDLE.search(text)
    return frozenset(said[1].split(", ")) if said else frozenset()


def columns(text: str, known: Mapping[str, tuple[Column, ...]]) -> tuple[Column, ...]:
    """Return the columns that a file's header tells, in order; `known` are those of the relations that it reads.

    Errors: BadRelation where it tells none, or one without type or meaning, or the columns of what it does not read.
    """
    said = _COLUMNS.search(text)
    if not said:
        raise BadRelation("tells no columns; add '-- columns:' and a line '--   NAME TYPE: meaning' for each")
    lines = said[1].replace("\n--     ", " ").splitlines()
    return tuple(column for line in lines for column in _of_line(line.removeprefix("--   "), known))


def _of_line(line: str, known: Mapping[str, tuple[Column, ...]]) -> Iterator[Column]:
    if alike := _AS_IN.fullmatch(line):
        if alike[1] not in known:
            raise BadRelation(f"has the columns of {alike[1]!r}, which it does not read; correct the name")
        left_out = (alike[2] or "").split(", ")
        yield from (column for column in known[alike[1]] if column.name not in left_out)
        return
    named, colon, meaning = line.partition(": ")
    if not colon:
        raise BadRelation(f"tells no meaning of {named!r}; write NAME TYPE: meaning")
    untyped: list[str] = []
    for part in named.split(", "):
        name, _, kind = part.partition(" ")
        untyped.append(name)
        if kind:
            yield from (Column(one, kind, meaning) for one in untyped)
            untyped.clear()
    if untyped:
        raise BadRelation(f"tells no type of {', '.join(untyped)}; write NAME TYPE: meaning")
