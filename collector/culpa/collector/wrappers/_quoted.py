"""Lines as mails and forums pass them on: quoted, or with an empty line behind each."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from culpa.collector.formats import Line, Wrapping
from culpa.collector.wrappers._pieces import PieceLayer
from culpa.collector.wrappers._wrapping import Taken, Wrapper
from culpa.instrumentation.patterns import late_pattern

_QUOTED = late_pattern(rb">+ ?(?P<words>.*)", re.DOTALL)
#: So few lines may stand so by chance.
_LEAST = 4


def _unquoted(line: bytes) -> Taken | None:
    found = _QUOTED.match(line)
    return Taken(found["words"], Wrapping()) if found else None


#: Every line, or nobody quoted them.
QUOTED = Wrapper(
    "quotation",
    lambda line: line.startswith(b">"),
    lambda: PieceLayer(_unquoted),
    ("> INFO: ok", "INFO: ok"),
    lambda lines: all(line.startswith(b">") for line in lines),
)


class _WrittenLayer:
    """Leaves out the empty lines."""

    def add(self, line: Line) -> Iterator[Line]:
        if line.content.strip():
            yield line

    @property
    def held_from(self) -> int | None:
        return None

    def flush(self) -> Iterator[Line]:
        yield from ()


DOUBLE_SPACED = Wrapper("double spacing", lambda _line: True, _WrittenLayer, ("INFO: ok", "INFO: ok"))


def is_double_spaced(lines: Sequence[bytes]) -> bool:
    """Say whether an empty line stands between any two of a file's first lines that are not."""
    written = [bool(line.strip()) for line in lines]
    if sum(written) < _LEAST:
        return False
    return not any(this and following for this, following in pairwise(written))
