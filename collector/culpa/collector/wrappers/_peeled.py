"""What nobody here knows by name: words before each line, alike in all of them, and behind them a log that is known.

A program puts its prefix before its records, a system before every line: so the words must be alike before nearly all
lines, of as many pieces as it takes until the rest is a format's, and the file as it is must be in none.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import NamedTuple

from culpa.collector.formats import Format, Wrapping, recognise
from culpa.collector.wrappers._names import service_of, service_of_pod
from culpa.collector.wrappers._pieces import PieceLayer
from culpa.collector.wrappers._wrapping import Taken, Wrapper
from culpa.instrumentation.patterns import late_pattern

#: What such a wrapper is called.
PREFIX = "prefix"
_MOST_PIECES = 6
#: So many of a hundred lines have the prefix; what a program prints before it is set up has none.
_LEAST_SHARE = 0.9
_LABELS = ("service_name", "app", "compose_service", "container", "container_name", "job")

_PIECE = late_pattern(
    rb"(?P<time>[\[(]?(?:"
    rb"\d{4}[-/]\d\d[-/]\d\d[T _]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?"
    rb"|[A-Z][a-z]{2} [ \d]?\d(?:,? \d{4},?)? \d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: [AP]M)?"
    rb"|\d\d:\d\d:\d\d(?:[.,]\d{1,9})?|1\d{9}\.\d{1,9})[\])]?)"
    rb"|(?P<labels>\{[^{}]{1,400}\})"
    rb"|(?P<closed>\[[^\[\]]{1,100}\]|<[^<>]{1,60}>|\([^()]{1,60}\))"
    rb"|(?P<name>[A-Za-z0-9][\w./@%+-]{0,150}(?:\[[\w./:-]{1,80}\]|:[A-Za-z][\w./-]{0,100})?)"
)
#: What stands between two pieces.
_GAP = late_pattern(rb"(?P<mark>[:,]?(?:[ \t]{0,60}\|)?)(?P<blanks>[ \t]{0,60})")
_LABEL = late_pattern(rb'(?P<key>\w{1,60})="(?P<value>[^"]{1,200})"')
#: A level, a stream, a number, a hash.
_NO_NAME = late_pattern(
    rb"(?i)^(?:trace|debug|info|notice|warn|warning|error|err|critical|fatal|stdout|stderr|out)$|^[\W\d_]*$|^[0-9a-f]{6,64}$"
)


class _Piece(NamedTuple):
    kind: str
    text: bytes
    mark: bytes  # what stands behind it, but for blanks
    blanks: int
    end: int


class _Prefix(NamedTuple):
    """How the words before each line look: each piece's kind and the mark behind it; the blanks before the line."""

    looks: tuple[tuple[str, bytes], ...]
    blanks: int


def peeled(lines: Sequence[bytes], is_wrapped: Callable[[Sequence[bytes]], bool]) -> Wrapper | None:
    """Return what takes off the words that all lines begin with, if what is left is in a format that is known.

    `is_wrapped(rest)` says whether what is left is in a wrapper that is known.
    """
    cut = [pieces for line in lines if (pieces := list(_pieces(line)))]
    if len(cut) < _LEAST_SHARE * len(lines):
        return None
    known = _recognised(lines)
    if known and not known.is_alone:
        return None
    last = None
    for depth in range(1, _MOST_PIECES + 1):
        prefix = _prefix_of(cut, depth)
        rest = [taken.words for line in lines if (taken := _taken(prefix, line))] if prefix else []
        found = _recognised(rest)
        if prefix and ((found and not found.is_alone) or is_wrapped(rest)):
            return _wrapper(prefix, lines[0])
        # What is known for want of a better one is better than nothing.
        if found and known is None and len(lines) > 1:
            last = last or prefix
    return _wrapper(last, lines[0]) if last else None


def _recognised(lines: Sequence[bytes]) -> Format | None:
    return recognise("", [line.decode("utf-8", "replace") for line in lines])


def _pieces(line: bytes) -> Iterator[_Piece]:
    at = 0
    for _ in range(_MOST_PIECES):
        found = _PIECE.match(line, at)
        gap = _GAP.match(line, found.end()) if found else None
        if not found or not gap or not (gap[0] or found.lastgroup != "name" or gap.end() == len(line)):
            return
        at = gap.end()
        yield _Piece(str(found.lastgroup), found[0], gap["mark"].strip(), len(gap["blanks"]), at)


def _prefix_of(cut: Sequence[Sequence[_Piece]], depth: int) -> _Prefix | None:
    """Return how the first pieces look of nearly all lines; None where they differ."""
    looks: dict[tuple[tuple[str, bytes], ...], list[int]] = {}
    for pieces in cut:
        if len(pieces) >= depth:
            key = tuple((piece.kind, piece.mark) for piece in pieces[:depth])
            looks.setdefault(key, []).append(pieces[depth - 1].blanks)
    if not looks:
        return None
    most, blanks = max(looks.items(), key=lambda one: len(one[1]))
    # The blanks of a line that is indented itself are more than those of the prefix.
    return _Prefix(most, min(blanks)) if len(blanks) >= _LEAST_SHARE * len(cut) else None


def _taken(prefix: _Prefix, line: bytes) -> Taken | None:
    pieces = list(islice(_pieces(line), len(prefix.looks)))
    if tuple((piece.kind, piece.mark) for piece in pieces) != prefix.looks or pieces[-1].blanks < prefix.blanks:
        return None
    end = pieces[-1].end - pieces[-1].blanks + prefix.blanks
    return Taken(line[end:], _wrapping(pieces))


def _wrapping(pieces: Sequence[_Piece]) -> Wrapping:
    time = next((piece.text for piece in pieces if piece.kind == "time"), b"").strip(b"[]()").replace(b"_", b"T")
    labels = {
        found["key"].decode(): found["value"].decode("utf-8", "replace")
        for piece in pieces
        if piece.kind == "labels"
        for found in _LABEL.finditer(piece.text)
    }
    names = [
        piece.text.strip(b"[]<>()").decode("utf-8", "replace") for piece in pieces if piece.kind in ("name", "closed")
    ]
    told = next((labels[key] for key in _LABELS if key in labels), "") or _writer(names)
    return Wrapping(
        time.decode(), service_of_pod(service_of(told)) if told else "", "/".join([*names, *labels.values()])
    )


def _writer(names: Sequence[str]) -> str:
    """Return who wrote the line: a name with a number in brackets, else what stands next to the line and is a name."""
    numbered = [name.partition("[")[0] for name in names if "[" in name]
    parts = [part for name in numbered or names for part in re.split(r"[:/]", name)]
    return next((part for part in reversed(parts) if not _NO_NAME.search(part.encode())), "")


def _wrapper(prefix: _Prefix, sample: bytes) -> Wrapper:
    take = partial(_taken, prefix)
    inner = take(sample)
    shown = (sample.decode("utf-8", "replace"), inner.words.decode("utf-8", "replace") if inner else "")
    return Wrapper(PREFIX, lambda line: take(line) is not None, partial(PieceLayer, take), shown)
