"""What somebody asks to be forgotten."""

from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Wish:
    """Rows of one of these services or traces, with one of these texts, or of one of these resources are meant."""

    services: tuple[str, ...] = ()
    traces: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    resources: tuple[int, ...] = ()

    @classmethod
    def of(cls, fields: dict[str, Any]) -> Self:
        """Make it of what JSON holds of its fields."""
        return cls(**{name: tuple(values) for name, values in fields.items()})
