"""What a wrapper is."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from culpa.collector.formats import Line, Wrapping


class Taken(NamedTuple):
    """What a line is taken apart to."""

    words: bytes
    wrapping: Wrapping
    is_partial: bool = False  # the next piece of the same stream goes on with it


class Layer(Protocol):
    """One wrapper at work on one file."""

    def add(self, line: Line) -> Iterator[Line]:
        """Take the next line; yield what is complete by it. A line that is not wrapped comes out as it is."""
        ...

    @property
    def held_from(self) -> int | None:
        """Return where the first line stands that is held back; None if none is."""
        ...

    def flush(self) -> Iterator[Line]:
        """Yield what is held back."""
        ...


class HeldLine:
    """The part of a layer that holds back one line, until it is known what goes on with it."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._held: Line | None = None

    @property
    def held_from(self) -> int | None:
        """Return where the line begins that is held back."""
        return self._held.offset if self._held else None

    def flush(self) -> Iterator[Line]:
        """Yield the line that is held back."""
        if self._held is not None:
            yield self._held
        self._held = None


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A kind of wrapper. `fits(line)` tells its lines from others; `sample` is a real one, and what stands in it.

    `is_proven(lines)` is asked where the looks of a line alone do not tell it from a program's own.
    """

    name: str
    fits: Callable[[bytes], bool]
    layer: Callable[[], Layer]
    sample: tuple[str, str]
    is_proven: Callable[[Sequence[bytes]], bool] = lambda _lines: True
