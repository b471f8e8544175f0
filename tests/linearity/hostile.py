"""Texts that make a pattern, or a reader of lines, try again and again: made of the pattern, and of real lines."""

import re
from collections.abc import Iterator, Sequence
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from culpa.collector.linear import Alphabet
from linearity.growth import Hostile

_ENDS = ("", "\x01", "\n")
#: What stands between the parts of log lines, stacks and messages.
COMMON = (
    *"a1 \t\n\r()[]{}<>\"'`:;=,./\\$%@#|+-_~^&?*!\x00\x1b\u2028",
    *("a.", ".a", "a:", ": ", "(1)", ":1", "a(", "a=", "\\'", '\\"', "''", "::", "->", "=>", " in ", " at ", "\n\n"),
    *(
        " \n",
        "\n ",
        "\nat ",
        "\n  at ",
        "\nCaused by: ",
        "\n\nNext ",
        "\n#0 ",
        "A ",
        "Aa",
        "a-",
        "-1",
        "1.",
        "0x",
        "%20",
    ),
)
TOKEN = re.compile(r"\w+|\s+|[^\w\s]")


def of_pattern(pattern: str | bytes, flags: int) -> Iterator[Hostile]:
    """Yield texts that repeat each part of a pattern, alone and with its neighbours, behind what leads there."""
    tree = parser.parse(pattern, flags)
    alphabet = Alphabet(tree, isinstance(pattern, bytes))
    seen: set[tuple[str, str]] = set()
    for before, unit in _parts(tree, alphabet, tree.state.flags, ""):
        if unit and (before, unit) not in seen:
            seen.add((before, unit))
            yield from (Hostile(before, unit, after) for after in _ENDS)


def of_line(line: str) -> Iterator[Hostile]:
    """Yield lines in which one piece is repeated, with and without the rest behind it."""
    tokens = [(found.start(), found.end()) for found in TOKEN.finditer(line)]
    seen: set[str] = set()
    for at, (start, _) in enumerate(tokens):
        for width in (1, 2, 4):
            unit = line[start : tokens[min(at + width, len(tokens)) - 1][1]]
            if unit not in seen:
                seen.add(unit)
                yield Hostile(line[:start], unit, line[start:])
                yield Hostile(line[:start], unit)
    for at in (0, len(line) // 3, 2 * len(line) // 3, len(line)):
        yield from (Hostile(line[:at], unit, line[at:]) for unit in COMMON)
    yield from (Hostile("", line[:at] + "\n") for at in (len(line), len(line) // 2))


def _parts(tree: Any, alphabet: Alphabet, flags: int, before: str) -> Iterator[tuple[str, str]]:
    """Yield what leads to each part, and a text of the part."""
    samples = [_sample([item], alphabet, flags) for item in tree]
    for at, item in enumerate(tree):
        lead = before + "".join(samples[:at])
        for width in (1, 2, len(samples)):
            yield lead, "".join(samples[at : at + width])
        yield before, "".join(samples[: at + 1])
        for inner, inner_flags in _inner(item, flags):
            yield from _parts(inner, alphabet, inner_flags, lead)


def _inner(item: Any, flags: int) -> Iterator[tuple[Any, int]]:
    op, value = item
    if op is sre.SUBPATTERN:
        yield value[3], (flags | value[1]) & ~value[2]
    elif op is sre.BRANCH:
        yield from ((choice, flags) for choice in value[1])
    elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        yield value[2], flags
    elif op is sre.ATOMIC_GROUP:
        yield value, flags
    elif op in (sre.ASSERT, sre.ASSERT_NOT):
        yield value[1], flags


def _sample(tree: Sequence[Any], alphabet: Alphabet, flags: int) -> str:
    """Return a short text that the tree reads."""
    text = ""
    for op, value in tree:
        if op in (sre.LITERAL, sre.NOT_LITERAL, sre.IN, sre.ANY):
            text += _letter(alphabet.mask(op, value, flags), alphabet)
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            text += _sample(value[2], alphabet, flags) * max(min(value[0], 40), 1)
        elif op is sre.SUBPATTERN:
            text += _sample(value[3], alphabet, (flags | value[1]) & ~value[2])
        elif op is sre.ATOMIC_GROUP:
            text += _sample(value, alphabet, flags)
        elif op is sre.BRANCH:
            text += _sample(value[1][0], alphabet, flags)
    return text


def _letter(mask: int, alphabet: Alphabet) -> str:
    """Return a letter of a set, a legible one if it has any."""
    codes = [code for n, code in enumerate(alphabet.letters) if mask >> n & 1]
    legible = [code for code in codes if 33 <= code < 127]
    letters = [code for code in legible if chr(code).isalnum()]
    return chr((letters or legible or codes or [0])[0])
