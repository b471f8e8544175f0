"""A file that somebody indented as a whole, as a quotation is: what all its lines have in front comes off."""

from collections.abc import Sequence
from functools import partial

from culpa.collector.formats import Wrapping
from culpa.collector.wrappers._pieces import PieceLayer
from culpa.collector.wrappers._wrapping import Taken, Wrapper

_NAME = "indent"
#: One blank before a line may be its own: Next.js marks errors so.
_LEAST_BLANKS = 2
#: Lines of a record whose head is not in the file: their indentation says that they go on with it.
_FRAMES = (b"at ", b"File ", b"from ", b"|", b"^", b"...", b"- ", b"\xe2", b"{", b"[cause]", b'"', b"}")


def indentation(lines: Sequence[bytes]) -> Wrapper | None:
    """Return what takes off the blanks that all of a file's first lines, none of which is empty, begin with."""
    blanks = _blanks(min(lines, key=lambda line: len(_blanks(line))))
    if not all(line.startswith(blanks) for line in lines):
        return None  # tabs here, blanks there
    if len(blanks) < _LEAST_BLANKS and b"\t" not in blanks:
        return None
    if _goes_on(lines[0][len(blanks) :]):
        return None
    sample = f"{blanks.decode()}INFO: ok"
    return Wrapper(
        _NAME, lambda line: line.startswith(blanks), lambda: PieceLayer(partial(_taken, blanks)), (sample, "INFO: ok")
    )


def _goes_on(line: bytes) -> bool:
    is_object = line.startswith(b'{"') and line.endswith(b"}")
    is_numbered = line.startswith(b"#") and line[1:2].isdigit()
    return is_numbered or (line.startswith(_FRAMES) and not is_object)


def _blanks(line: bytes) -> bytes:
    return line[: len(line) - len(line.lstrip(b" \t"))]


def _taken(blanks: bytes, line: bytes) -> Taken | None:
    return Taken(line[len(blanks) :], Wrapping()) if line.startswith(blanks) else None
