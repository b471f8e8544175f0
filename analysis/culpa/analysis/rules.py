"""The registry of evidence rules and of the relations they read: one SQL file each, found by listing the folder.

A rule's header names its question in the first line and its kind (`-- kind: direct`) in the second. A relation that
must be empty where one made before it is says so: `-- idle without: name`.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from culpa.analysis.weights_file import weights_name, weights_text

_IDLE = re.compile(r"^-- idle without: ([a-z_]+)$", re.MULTILINE)
_KIND = re.compile(r"^-- kind: ([a-z]+)$", re.MULTILINE)
# What a rule reads by an inner join: where one of these is empty, so is the rule's answer.
_READ = re.compile(r"(?<!left )(?<!anti )\b(?:from|join)\s+([a-z_]+)")
# A rule's own intermediate tables, whatever relation has the same name.
_CTE = re.compile(r"\b([a-z_]+) as (?:materialized )?\(")


@dataclass(frozen=True, slots=True)
class Rule:
    """One evidence rule: its name (the file's), question, kind and SELECT, and the relations it cannot do without."""

    name: str
    question: str
    kind: str
    sql: str
    reads: frozenset[str]


@dataclass(frozen=True, slots=True)
class Relation:
    """One relation that rules read: its name and the SELECT that makes it of those before it.

    Shape: where `idle_without` ('' for none) is empty, so is this one.
    """

    name: str
    sql: str
    idle_without: str


class BadRule(Exception):
    """A rule's file lacks its header."""


@cache
def rules() -> tuple[Rule, ...]:
    """Return every rule, by name. Errors: BadRule when a file has no question or no kind."""
    return tuple(_rule(name, text) for name, text in _texts("rules"))


@cache
def relations() -> tuple[Relation, ...]:
    """Return the relations that rules read, in the order in which they are made.

    Errors: BadRule when one waits for a relation that is not made before it.
    """
    made: dict[str, Relation] = {}
    for file, text in _texts("scope"):
        name, idle = file.split("_", 1)[1], _IDLE.search(text)
        if idle and idle[1] not in made:
            raise BadRule(
                f"scope/{file}.sql is idle without {idle[1]!r}, which no file before it makes; correct the name"
            )
        made[name] = Relation(name, text, idle[1] if idle else "")
    return tuple(made.values())


def rules_version() -> str:
    """Return 12 hex digits that change when any rule, relation or weight does."""
    return _version(weights_name())


@cache
def _version(weights: str) -> str:
    digest = hashlib.blake2b(digest_size=6)
    for folder in ("rules", "scope"):
        for name, text in _texts(folder):
            digest.update(f"{folder}/{name}\0{text}\0".encode())
    digest.update(weights_text(weights).encode())
    return digest.hexdigest()


def _rule(name: str, text: str) -> Rule:
    kind = _KIND.search(text)
    first = text.splitlines()[0] if text else ""
    if not kind or not first.startswith("-- "):
        raise BadRule(f"rules/{name}.sql must begin with '-- question?' and '-- kind: …'; add both lines")
    code = "\n".join(line.split("--")[0] for line in text.splitlines())
    reads = (frozenset(_READ.findall(code)) - set(_CTE.findall(code))) & {relation.name for relation in relations()}
    return Rule(name, first[3:], kind[1], text, reads)


def _texts(folder: str) -> Iterator[tuple[str, str]]:
    entries = sorted((files("culpa.analysis") / folder).iterdir(), key=lambda entry: entry.name)
    for entry in entries:
        if entry.name.endswith(".sql"):
            yield entry.name.removesuffix(".sql"), entry.read_text("utf-8").strip()
