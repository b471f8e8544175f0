"""Read the JSON values of a file: one document, one value a line, or values printed one after the other."""

from collections.abc import Callable, Iterator
from json import JSONDecodeError, JSONDecoder

import msgspec

from culpa.collector.dialects.dialect import Value

_DECODER = JSONDecoder()
_WRONG = (msgspec.MsgspecError, RecursionError, ValueError)

#: Given the line, and why nothing can be read there.
Trouble = Callable[[int, str], None]


def values_of(body: bytes, trouble: Trouble) -> Iterator[Value]:
    """Yield the values; of lines each that can be read, else all that stands before the damage."""
    try:
        yield msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
        return
    except _WRONG:
        pass
    lines = body.split(b"\n")
    first = next((line for line in lines if line.strip()), b"")
    if len(lines) > 1 and _is_whole(first):
        yield from _of_lines(lines, trouble)
    else:
        yield from _one_after_the_other(body.decode("utf-8", "replace").removeprefix("\ufeff"), trouble)


def _is_whole(line: bytes) -> bool:
    try:
        msgspec.json.decode(line)
    except _WRONG:
        return False
    return True


def _of_lines(lines: list[bytes], trouble: Trouble) -> Iterator[Value]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield msgspec.json.decode(line)
            except _WRONG as error:
                trouble(number, f"no JSON ({error})")


def _one_after_the_other(text: str, trouble: Trouble) -> Iterator[Value]:
    at = 0
    while True:
        # What may stand between two values: spaces, and the comma of a list whose brackets were not copied.
        while at < len(text) and (text[at].isspace() or text[at] == ","):
            at += 1
        if at == len(text):
            return
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (JSONDecodeError, RecursionError, ValueError) as error:
            trouble(text.count("\n", 0, at) + 1, f"no JSON from here on, or it ends early ({error})")
            return
        yield value
