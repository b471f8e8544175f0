"""Lines of real servers, damaged in all ways that came to mind."""

import random
from collections.abc import Callable, Iterator, Sequence

from linearity.hostile import COMMON, TOKEN

_LONGEST = 8_000
_ODD = (
    "\0",
    "\ud7ff",
    "\ufffd",
    "\u2028",
    "\x1b[31m",
    "9" * 30,
    "9" * 5_000,
    "-1",
    "1e999",
    "null",
    "{",
    "}",
    '\\"',
    "\\u",
    "\\x",
    "00",
)


def mutated(lines: Sequence[str], seed: str, count: int) -> Iterator[str]:
    """Yield so many lines; the same for the same seed."""
    chance = random.Random(seed)
    for _ in range(count):
        line = chance.choice(lines)
        for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
            line = chance.choice(_WAYS)(chance, line, lines)
        yield line[: 3 * _LONGEST]


def _removed(chance: random.Random, line: str, _lines: Sequence[str]) -> str:
    at = chance.randrange(len(line) + 1)
    return line[:at] + line[at + chance.choice((1, 1, 2, 8, 40)) :]


def _put(chance: random.Random, line: str, _lines: Sequence[str]) -> str:
    at = chance.randrange(len(line) + 1)
    return line[:at] + chance.choice((*COMMON, *_ODD)) + line[at:]


def _flipped(chance: random.Random, line: str, _lines: Sequence[str]) -> str:
    if not line:
        return line
    at = chance.randrange(len(line))
    return line[:at] + chr(ord(line[at]) ^ 1 << chance.randrange(7)) + line[at + 1 :]


def _repeated(chance: random.Random, line: str, _lines: Sequence[str]) -> str:
    """Repeat a piece between two places where words begin."""
    places = [0, *(found.start() for found in TOKEN.finditer(line)), len(line)]
    begin = chance.choice(places)
    end = min(chance.choice(places), begin + 60) if chance.random() < 0.5 else begin + chance.randrange(1, 12)
    piece = line[min(begin, end) : max(begin, end)] or chance.choice(COMMON)
    times = chance.choice((2, 3, 20, 200, _LONGEST // len(piece)))
    return line[:begin] + piece * min(times, _LONGEST // len(piece) or 1) + line[begin:]


def _crossed(chance: random.Random, line: str, lines: Sequence[str]) -> str:
    other = chance.choice(lines)
    return line[: chance.randrange(len(line) + 1)] + other[chance.randrange(len(other) + 1) :]


def _cut(chance: random.Random, line: str, _lines: Sequence[str]) -> str:
    return line[: chance.randrange(len(line) + 1)]


_WAYS: tuple[Callable[[random.Random, str, Sequence[str]], str], ...] = (
    _removed, _put, _put, _flipped, _flipped, _repeated, _repeated, _crossed, _cut,
)  # fmt: skip
