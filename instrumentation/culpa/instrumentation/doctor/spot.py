"""One thing that a doctor found."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is: a blind spot hides failures, a note does not, what is seen is as it should be."""

    BLIND = "BLIND"
    NOTE = "note"
    SEEN = "seen"


@dataclass(frozen=True)
class Spot:
    """A finding: what it is about, what it means, and what to do about it ('' where nothing needs to be done)."""

    level: Level
    about: str
    says: str
    todo: str = ""


def blind(about: str, says: str, todo: str) -> Spot:
    """Return a blind spot."""
    return Spot(Level.BLIND, about, says, todo)


def note(about: str, says: str, todo: str = "") -> Spot:
    """Return a note."""
    return Spot(Level.NOTE, about, says, todo)
