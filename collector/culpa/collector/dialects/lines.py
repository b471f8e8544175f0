"""Spans that stand one a line among the lines of a program's log: what a dialect of JSON tells of each line.

A file of nothing else is the dialect's own; where other lines stand beside, these are a log.
"""

from collections.abc import Callable, Iterator, Sequence

from culpa.collector.dialects.dialect import Dialect, Piece, Printed, Unreadable
from culpa.collector.dialects.values import values_of

_HEAD_LINES = 200


class _Line:
    """One line."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._line = ""

    def add(self, line: str) -> bool:
        """Take the line; False for any other."""
        if self._line:
            return False
        self._line = line
        return True

    def pieces(self) -> Iterator[Piece]:
        """Yield the spans of the line. Errors: Unreadable."""
        return self._dialect.pieces(list(values_of(self._line.encode(), _unreadable)))


def _unreadable(line: int, why: str) -> None:
    raise Unreadable(f"line {line} of a printed object: {why}")


def lines_of(dialects: Sequence[Dialect]) -> tuple[Printed, ...]:
    """Return how spans of these dialects are printed among other lines."""
    return tuple(_printed(dialect) for dialect in dialects if dialect.by_line)


def _printed(dialect: Dialect) -> Printed:
    return Printed(
        dialect.name,
        lambda head: _is_among_others(head, dialect.is_spoken),
        lambda line: _is_object(line.encode()) and dialect.is_spoken(line.encode()),
        lambda: _Line(dialect),
    )


def _is_object(line: bytes) -> bool:
    return line.startswith(b"{") and line.endswith(b"}")


def _is_among_others(head: bytes, is_spoken: Callable[[bytes], bool]) -> bool:
    """Say whether whole lines are the dialect's, and others are none of a document that goes over several."""
    lines = [line.strip() for line in head.split(b"\n")[:_HEAD_LINES] if line.strip()]
    others = [line for line in lines if not (_is_object(line) and is_spoken(line))]
    return 0 < len(others) < len(lines) and any(_is_object(line) or line[:1] not in b"[]{}\",'" for line in others)
