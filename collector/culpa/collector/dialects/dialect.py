"""What a dialect is, and what it makes: groups of one resource as OTLP has them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import msgspec

#: A JSON value as it was read; Any, since strangers write it.
Value = Any

_GROUPS = {"traces": "resourceSpans", "logs": "resourceLogs"}


class Unreadable(Exception):
    """A value is none of the dialect's; the text says why."""


class Piece(NamedTuple):
    """A group of one resource: an element of `resourceSpans` or of `resourceLogs`."""

    signal: str  # traces or logs
    group: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way in which JSON tells traces; `pieces` takes a file's values and may raise Unreadable."""

    name: str
    is_spoken: Callable[[bytes], bool]  # by a file's first bytes
    pieces: Callable[[Iterable[Value]], Iterator[Piece]]
    by_line: bool = False  # each line of a file may be read without the others


class Block(Protocol):
    """Lines that may be one print."""

    def add(self, line: str) -> bool:
        """Take a line; False if it is none of the block's, which is complete then."""
        ...

    def pieces(self) -> Iterator[Piece]:
        """Yield what was printed. Errors: Unreadable."""
        ...


@dataclass(frozen=True, slots=True)
class Printed:
    """One way in which a program prints traces among its other lines."""

    name: str
    is_spoken: Callable[[bytes], bool]
    begins: Callable[[str], bool]
    block: Callable[[], Block]


def count_of(piece: Piece) -> int:
    """Return how many spans or log records a group holds."""
    scopes, items = ("scopeSpans", "spans") if piece.signal == "traces" else ("scopeLogs", "logRecords")
    return sum(len(scoped[items]) for scoped in piece.group[scopes])


def body_of(signal: str, groups: Sequence[dict[str, Value]]) -> bytes:
    """Return an export of OTLP in JSON."""
    return msgspec.json.encode({_GROUPS[signal]: groups})
