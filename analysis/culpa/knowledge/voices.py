"""How the clients of each system speak: the types, words and libraries by which they are known."""

from dataclasses import dataclass
from functools import cache

from culpa.knowledge.tables import table

#: The system of wrappers that serve many databases: OpenTelemetry's own word for it.
ANY_DATABASE = "other_sql"


@dataclass(frozen=True, slots=True)
class Voice:
    """What the clients of one system are known by: a pattern for each place, '' fits nothing; see voices.tsv."""

    system: str
    type: str
    begins: str
    words: str
    stack: str
    libraries: tuple[str, ...]


@cache
def voices() -> tuple[Voice, ...]:
    """Return the voice of each system. The first that fits wins."""
    found: dict[str, dict[str, list[str]]] = {}
    for row in table("voices"):
        found.setdefault(row["system"], {}).setdefault(row["in"], []).append(row["pattern"])
    return tuple(_voice(system, by_place) for system, by_place in found.items())


def _voice(system: str, by_place: dict[str, list[str]]) -> Voice:
    def one(place: str) -> str:
        return "|".join(by_place.get(place, []))

    return Voice(system, one("type"), one("begins"), one("words"), one("stack"), tuple(by_place.get("library", [])))
