"""The registry of the relations that evidence rules read: one SELECT each, in a folder by its question.

Their order is not written down anywhere: a relation is made when it is asked for, after those that it reads.
What a relation's header must tell is in `header`: its grain, its columns, and the relations without which it is idle.
Where one of those is empty it is empty as well, and is not run.

The folder `joins` is the registry of the ways in which a line of a log is joined to a request: one file each.
"""

import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from culpa.analysis.pipeline.header import BadRelation, Column, Grain, columns, grain, idle_without
from culpa.knowledge import code_lines, own_folder, with_sayings

#: A test compares what this finds with what DuckDB's parser finds, which takes ten times as long.
_READ = re.compile(r"\b(?:from|join)\s+([a-z_]+)")
#: What the store itself keeps: a relation may be idle without any of it.
STORED = frozenset({"access", "exceptions", "logs", "metric_points", "spans"})
#: Where the table of codes goes: one text, as to plan so many rows of values takes longer than to split it.
_CODES = "@codes@"
#: Where the rows of every way of joining go, and the folder of the ways.
_JOINS = "@joins@"
_JOINS_FOLDER = "joins"
#: A relation's own intermediate tables.
_CTE = re.compile(r"\b([a-z_]+) as (?:materialized )?\(")


@dataclass(frozen=True, slots=True)
class Relation:
    """One relation: its name (the file's), folder and SELECT, the names that this reads, and what its header tells.

    Shape: where one of `idle_without` is empty, so is this one.
    """

    name: str
    folder: str
    sql: str
    reads: frozenset[str]
    idle_without: frozenset[str]
    grain: Grain
    columns: tuple[Column, ...]

    @property
    def file(self) -> str:
        """Return its file, as messages name it."""
        return f"{self.folder}/{self.name}.sql"

    @property
    def waits_for(self) -> frozenset[str]:
        """Return the names of what must be made before."""
        return self.reads | self.idle_without


def relations() -> tuple[Relation, ...]:
    """Return the relations in an order in which they can be made, with the user's own knowledge in them.

    Errors: BadRelation for relations that read each other, for one that is idle without what is none, and for one whose
    header lacks its grain or its columns; BadSaying, BadTable for a user's own folder.
    """
    return _ordered(own_folder())


@cache
def _ordered(_own: Path | None) -> tuple[Relation, ...]:
    found = {relation.name: relation for relation in _relations()}
    for relation in found.values():
        if strange := relation.idle_without - found.keys() - STORED:
            raise BadRelation(
                f"{relation.file} is idle without {sorted(strange)[0]!r}, which is no relation; correct the name"
            )
    # Sorted, so that the order is the same on every machine.
    sorter = TopologicalSorter({name: sorted(found[name].waits_for & found.keys()) for name in sorted(found)})
    made: dict[str, Relation] = {}
    try:
        for name in sorter.static_order():
            made[name] = _with_columns(found[name], made)
    except CycleError as error:
        raise BadRelation(f"relations read each other: {' -> '.join(error.args[1])}; break the circle") from error
    return tuple(made.values())


def read_by(sql: str) -> frozenset[str]:
    """Return the names that a statement reads from, its own intermediate tables left out."""
    code = "\n".join(line.split("--")[0] for line in sql.splitlines())
    return frozenset(_READ.findall(code)) - frozenset(_CTE.findall(code))


def _relations() -> Iterator[Relation]:
    """Yield the relations, their columns still unknown: they may be those of another one."""
    found = tuple(texts("relations"))
    codes = "\n".join(code_lines()).replace("'", "''")
    joins = "\n    union all by name\n".join(
        f"    select * from {name}" for folder, name, _ in found if folder == _JOINS_FOLDER
    )
    for folder, name, text in found:
        text = text.replace(_CODES, codes).replace(_JOINS, joins)
        with _naming(f"{folder}/{name}.sql"):
            yield Relation(name, folder, text, read_by(text), idle_without(text), grain(text), ())


def _with_columns(relation: Relation, made: Mapping[str, Relation]) -> Relation:
    with _naming(relation.file):
        known = {name: made[name].columns for name in relation.reads & made.keys()}
        return replace(relation, columns=columns(relation.sql, known))


@contextmanager
def _naming(file: str) -> Generator[None]:
    """Say in whose header it is that something is wrong."""
    try:
        yield
    except BadRelation as error:
        raise BadRelation(f"{file} {error}") from None


def texts(root: str) -> Iterator[tuple[str, str, str]]:
    """Yield (folder, name, text) of each SQL file below a folder of this room, in the order of the names."""
    yield from _texts(files("culpa.analysis") / root, root)


def _texts(place: Traversable, folder: str) -> Iterator[tuple[str, str, str]]:
    for entry in sorted(place.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _texts(entry, entry.name)
        elif entry.name.endswith(".sql"):
            yield folder, entry.name.removesuffix(".sql"), with_sayings(entry.read_text("utf-8").strip())
