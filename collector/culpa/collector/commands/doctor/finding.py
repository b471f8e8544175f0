"""One thing that the doctor found of a collector."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is: what is wrong loses telemetry or answers, or soon will; a note does not."""

    WRONG = "WRONG"
    NOTE = "note"
    WELL = "well"


@dataclass(frozen=True)
class Finding:
    """What it is about, what is the case, and what to do about it ('' where nothing needs to be done)."""

    level: Level
    about: str
    says: str
    todo: str = ""

    def __str__(self) -> str:
        """Return the line, and a second one with what to do."""
        return f"{self.level:<10} {self.about}: {self.says}" + (f"\n           do: {self.todo}" if self.todo else "")


def wrong(about: str, says: str, todo: str) -> Finding:
    """Return what is wrong."""
    return Finding(Level.WRONG, about, says, todo)


def note(about: str, says: str, todo: str = "") -> Finding:
    """Return what is worth to be known."""
    return Finding(Level.NOTE, about, says, todo)


def well(about: str, says: str) -> Finding:
    """Return what is as it should be."""
    return Finding(Level.WELL, about, says)
