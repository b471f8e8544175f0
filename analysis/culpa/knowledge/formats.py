"""The log formats, as far as anybody asks about them: whose log it is, and what its lines tell."""

from dataclasses import dataclass
from functools import cache

from culpa.knowledge.declared import DeclaredFormat, declared_formats
from culpa.knowledge.systems import systems
from culpa.knowledge.tables import table


@dataclass(frozen=True, slots=True)
class LogFormat:
    """One format. `system`, `language` are '' where there is none; what each of the `facts` means says formats.tsv."""

    name: str
    system: str
    language: str
    facts: frozenset[str]


def log_formats() -> dict[str, LogFormat]:
    """Return every format by its name: those of the table, and those that are data, which say it themselves.

    Errors: BadFormat.
    """
    return _by_name(declared_formats())


@cache
def _by_name(declared: tuple[DeclaredFormat, ...]) -> dict[str, LogFormat]:
    coded = [
        LogFormat(row["format"], row["system"], row["language"], frozenset(row["facts"].split()))
        for row in table("formats")
    ]
    as_data = [LogFormat(one.name, one.system, one.language, one.facts) for one in declared]
    return {known.name: known for known in [*coded, *as_data]}


def formats_of(word: str) -> tuple[str, ...]:
    """Return the names of the formats that have a fact, or are of a system, or of a system of a kind."""
    return _having(word, declared_formats())


@cache
def _having(word: str, declared: tuple[DeclaredFormat, ...]) -> tuple[str, ...]:
    # It is asked of every row that is read.
    return tuple(known.name for known in _by_name(declared).values() if word in _words(known))


def _words(known: LogFormat) -> frozenset[str]:
    system = systems().get(known.system)
    return known.facts | {known.system, system.kind if system else ""}
