"""JSON whose texts were copied with their line breaks written out: the lines of an object are put together again."""

import re
from collections.abc import Iterator, Sequence

import msgspec

from culpa.collector.formats import Line
from culpa.collector.wrappers._wrapping import HeldLine, Wrapper
from culpa.instrumentation.patterns import late_pattern

_NAME = "broken JSON"
#: An object at a line's begin, or behind what a system put before it.
_OBJECT = late_pattern(rb'[^{}"]{0,200}\{"')
_QUOTE = late_pattern(rb'(?:[^"\\]|\\.)*+("?)', re.DOTALL)
#: No trace is longer.
_MOST_LINES, _MOST_BYTES = 500, 262_144


def _is_open(line: bytes, was_open: bool) -> bool:
    """Say whether a line ends inside a text."""
    at, is_open = 0, was_open
    while at < len(line):
        found = _QUOTE.match(line, at)
        if found is None or not found[1]:
            break
        is_open, at = not is_open, found.end()
    return is_open


class _Joined(HeldLine):
    """Puts the lines of a text together, with the line breaks as JSON writes them."""

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    def add(self, line: Line) -> Iterator[Line]:
        """Take the next line; yield what is whole by it."""
        content = line.content.removesuffix(b"\r")
        held, self._held = self._held, None
        if held is not None:
            line = held._replace(content=held.content + b"\\n" + content.replace(b"\t", b"\\t"), end=line.end)
        self._count = self._count + 1 if held is not None else 0
        is_open = _is_open(content, held is not None) if held is not None or _OBJECT.match(content) else False
        if is_open and self._count < _MOST_LINES and len(line.content) < _MOST_BYTES:
            self._held = line
        else:
            yield line


def open_texts(lines: Sequence[bytes]) -> Wrapper | None:
    """Return what puts the lines of JSON together; None where that makes no object of any."""
    layer = _Joined()
    joined = [one for line in lines for one in layer.add(Line(line, 1, 1))]
    broken = {one.content for one in joined} - {line.removesuffix(b"\r") for line in lines}
    if not any(map(_is_object, broken)):
        return None
    sample = '{"level":"INFO","msg":"ok"}'
    return Wrapper(_NAME, lambda line: _OBJECT.match(line) is not None, _Joined, (sample, sample))


def _is_object(line: bytes) -> bool:
    try:
        msgspec.json.decode(line[line.index(b"{") :])
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return False
    return True
