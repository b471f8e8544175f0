"""The letters that a pattern can tell apart. A set of letters is an integer: bit n stands for LETTERS[n]."""

import re
from collections.abc import Callable, Iterable
from typing import Any, cast

from culpa.collector.linear.parts import sre

# ASCII, and of the rest one of each kind that a class of Python tells apart, with those that fold into ASCII.
_SAMPLES = [
    *range(128),
    *map(ord, "\x85\xa0\xe9\xc9\xdf\u017f\u212a\u0130\u0131\xb5\u0663\xb2\u4e2d\u2014\u2028\u3000\u2167\u01c6"),
    0x1F600,
]
_CLASSES = {
    sre.CATEGORY_DIGIT: re.compile(r"\d"),
    sre.CATEGORY_NOT_DIGIT: re.compile(r"\D"),
    sre.CATEGORY_SPACE: re.compile(r"\s"),
    sre.CATEGORY_NOT_SPACE: re.compile(r"\S"),
    sre.CATEGORY_WORD: re.compile(r"\w"),
    sre.CATEGORY_NOT_WORD: re.compile(r"\W"),
}
_BYTES_CLASSES = {
    sre.CATEGORY_DIGIT: re.compile(r"\d", re.ASCII),
    sre.CATEGORY_NOT_DIGIT: re.compile(r"\D", re.ASCII),
    sre.CATEGORY_SPACE: re.compile(r"\s", re.ASCII),
    sre.CATEGORY_NOT_SPACE: re.compile(r"\S", re.ASCII),
    sre.CATEGORY_WORD: re.compile(r"\w", re.ASCII),
    sre.CATEGORY_NOT_WORD: re.compile(r"\W", re.ASCII),
}


class Alphabet:
    """Letters by number, and the sets of a pattern as masks over them."""

    def __init__(self, tree: Any, is_bytes: bool) -> None:
        """Take the samples and whatever letter the pattern itself names, with its neighbours."""
        named = set(_named(tree))
        letters = {code for letter in named for code in (letter - 1, letter, letter + 1)} | set(_SAMPLES)
        top = 256 if is_bytes else 0x110000
        self._is_bytes = is_bytes
        self.letters = sorted(code for code in letters if 0 <= code < top)
        self.everything = (1 << len(self.letters)) - 1
        self.word = self._class(sre.CATEGORY_WORD, is_ascii=is_bytes)
        self.newline = self._of(lambda code: code == 10)

    def mask(self, op: Any, value: Any, flags: int) -> int:
        """Return the set that one item of a parse tree stands for."""
        if op is sre.ANY:
            return self.everything if flags & re.DOTALL else self.everything & ~self.newline
        if op is sre.LITERAL:
            return self._folded(lambda code: code == value, flags)
        if op is sre.NOT_LITERAL:
            return self.everything & ~self._folded(lambda code: code == value, flags)
        if op is sre.IN:
            return self._in(value, flags)
        raise NotImplementedError(f"no set: {op}")

    def _in(self, items: Any, flags: int) -> int:
        found, is_negated = 0, False
        for op, value in items:
            if op is sre.NEGATE:
                is_negated = True
            elif op is sre.CATEGORY:
                found |= self._class(value, is_ascii=self._is_bytes or bool(flags & re.ASCII))
            elif op is sre.RANGE:
                found |= self._folded(range(value[0], value[1] + 1).__contains__, flags)
            else:
                found |= self.mask(op, value, flags)
        return self.everything & ~found if is_negated else found

    def _class(self, code: Any, is_ascii: bool) -> int:
        made = (_BYTES_CLASSES if is_ascii else _CLASSES)[code]
        return self._of(lambda letter: bool(made.match(chr(letter))))

    def _of(self, holds: Callable[[int], bool]) -> int:
        return sum(1 << n for n, code in enumerate(self.letters) if holds(code))

    def _folded(self, holds: Callable[[int], bool], flags: int) -> int:
        if not flags & re.IGNORECASE:
            return self._of(holds)
        return self._of(lambda code: any(holds(variant) for variant in _variants(code)))


def _variants(code: int) -> set[int]:
    letter = chr(code)
    forms = {letter, letter.lower(), letter.upper(), letter.casefold(), letter.upper().lower(), letter.lower().upper()}
    return {ord(form) for form in forms if len(form) == 1}


def _named(tree: object) -> list[int]:
    """Return every letter that stands in a parse tree, by walking whatever it is made of."""
    if not isinstance(tree, (list, tuple)) and type(tree).__name__ != "SubPattern":
        return []
    parts = list(cast("Iterable[Any]", tree))
    if isinstance(tree, tuple) and len(parts) == 2 and parts[0] in (sre.LITERAL, sre.NOT_LITERAL):
        return [parts[1]]
    if isinstance(tree, tuple) and len(parts) == 2 and parts[0] is sre.RANGE:
        return list(parts[1])
    return [letter for part in parts for letter in _named(part)]
