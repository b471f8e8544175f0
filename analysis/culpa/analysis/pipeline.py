"""The registry of the relations that evidence rules read: one SELECT each, in a folder by its question.

Their order is not written down anywhere: a relation is made when it is asked for, after those that it reads.
A relation or rule that must be empty where another relation is says so in its header, `-- idle without: name, name`,
and is not run then.

The folder `joins` is the registry of the ways in which a line of a log is joined to a request: one file each.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from culpa.knowledge import code_lines, own_folder, with_sayings

_IDLE = re.compile(r"^-- idle without: ([a-z_, ]+)$", re.MULTILINE)
#: A test compares what this finds with what DuckDB's parser finds, which takes ten times as long.
_READ = re.compile(r"\b(?:from|join)\s+([a-z_]+)")
#: Where the table of codes goes: one text, as to plan so many rows of values takes longer than to split it.
_CODES = "@codes@"
#: Where the rows of every way of joining go, and the folder of the ways.
_JOINS = "@joins@"
_JOINS_FOLDER = "joins"
#: A relation's own intermediate tables.
_CTE = re.compile(r"\b([a-z_]+) as (?:materialized )?\(")


@dataclass(frozen=True, slots=True)
class Relation:
    """One relation: its name (the file's), its folder, its SELECT, and the names that this reads.

    Shape: where one of `idle_without` is empty, so is this one.
    """

    name: str
    folder: str
    sql: str
    reads: frozenset[str]
    idle_without: frozenset[str]

    @property
    def waits_for(self) -> frozenset[str]:
        """Return the names of what must be made before."""
        return self.reads | self.idle_without


class BadRelation(Exception):
    """A relation's file cannot be part of the pipeline."""


def relations() -> tuple[Relation, ...]:
    """Return the relations in an order in which they can be made, with the user's own knowledge in them.

    Errors: BadRelation for relations that read each other, and for one that is idle without what is none; BadSaying,
    BadTable for a user's own folder.
    """
    return _ordered(own_folder())


@cache
def _ordered(_own: Path | None) -> tuple[Relation, ...]:
    found = {relation.name: relation for relation in _relations()}
    for relation in found.values():
        if strange := relation.idle_without - found.keys():
            raise BadRelation(
                f"{relation.folder}/{relation.name}.sql is idle without {sorted(strange)[0]!r}, which is no relation; "
                "correct the name"
            )
    # Sorted, so that the order is the same on every machine.
    sorter = TopologicalSorter({name: sorted(found[name].waits_for & found.keys()) for name in sorted(found)})
    try:
        return tuple(found[name] for name in sorter.static_order())
    except CycleError as error:
        raise BadRelation(f"relations read each other: {' -> '.join(error.args[1])}; break the circle") from error


def read_by(sql: str) -> frozenset[str]:
    """Return the names that a statement reads from, its own intermediate tables left out."""
    code = "\n".join(line.split("--")[0] for line in sql.splitlines())
    return frozenset(_READ.findall(code)) - frozenset(_CTE.findall(code))


def idle_without(text: str) -> frozenset[str]:
    """Return the relations without whose rows a file's header says that it finds nothing."""
    said = _IDLE.search(text)
    return frozenset(said[1].split(", ")) if said else frozenset()


def _relations() -> Iterator[Relation]:
    found = tuple(texts("relations"))
    codes = "\n".join(code_lines()).replace("'", "''")
    joins = "\n    union all by name\n".join(
        f"    select * from {name}" for folder, name, _ in found if folder == _JOINS_FOLDER
    )
    for folder, name, text in found:
        text = text.replace(_CODES, codes).replace(_JOINS, joins)
        yield Relation(name, folder, text, read_by(text), idle_without(text))


def texts(root: str) -> Iterator[tuple[str, str, str]]:
    """Yield (folder, name, text) of each SQL file below a folder of this room, in the order of the names."""
    yield from _texts(files("culpa.analysis") / root, root)


def _texts(place: Traversable, folder: str) -> Iterator[tuple[str, str, str]]:
    for entry in sorted(place.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _texts(entry, entry.name)
        elif entry.name.endswith(".sql"):
            yield folder, entry.name.removesuffix(".sql"), with_sayings(entry.read_text("utf-8").strip())
