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
