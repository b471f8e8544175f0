"""What a check of a server's configuration finds."""

from dataclasses import dataclass


class Unreadable(ValueError):
    """A configuration that cannot be checked; the text says which file, why, and what to do."""


@dataclass(frozen=True)
class Finding:
    """Something that keeps a system from being a good witness."""

    missing: str  # what is not there, or wrong
    advice: str  # the lines to add
    place: str = ""  # `file:line` or the file, where it is known

    def __str__(self) -> str:
        """Say it in a line, and what to add indented below."""
        where = f"{self.place}: " if self.place else ""
        return "\n".join([where + self.missing, *(f"    {line}" for line in self.advice.splitlines())])
