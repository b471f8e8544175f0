"""One place in a text that is known by what stands before and behind it; read once, whatever stands there."""

import re
from collections.abc import Callable
from typing import NamedTuple

from culpa.instrumentation.redact.mask import REDACTED


class Spot(NamedTuple):
    """Where the text in small letters holds the sign and one of the words, what lies between head and tail is replaced.

    Two patterns and no greedy one between them: what was looked through for a tail that is missing is masked up to the
    end, so that nothing is looked through twice.
    """

    sign: str
    words: tuple[str, ...]
    head: re.Pattern[str]
    tail: re.Pattern[str]
    mask: str | Callable[[str], str]
    #: The last of these signs ends it, if there is one before the tail.
    last: str = ""


def apply(spots: tuple[Spot, ...], text: str, lower: str) -> str:
    """Mask all spots in order; a plain search for the words spares most patterns."""
    for spot in spots:
        if spot.sign in lower and any(word in lower for word in spot.words):
            text = _masked(spot, text)
    return text


def _masked(spot: Spot, text: str) -> str:
    done: list[str] = []
    at = 0
    while head := spot.head.search(text, at):
        start = head.end()
        # Masked before: what stands behind it may be the tail, or more that must go.
        known = start + len(REDACTED) if text.startswith(REDACTED, start) else start
        tail = spot.tail.search(text, known)
        end = tail.start() if tail else len(text)
        if spot.last:
            sign = text.rfind(spot.last, known, end)
            end = sign if sign >= 0 else end
        part = text[start:end]
        done += (text[at:start], spot.mask if isinstance(spot.mask, str) else spot.mask(part))
        at = end
    if not done:
        return text
    done.append(text[at:])
    return "".join(done)
