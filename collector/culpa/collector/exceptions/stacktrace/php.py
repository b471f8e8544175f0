"""PHP: `#0 /file.php(12): Class->method()`, with or without `Type: message in file:line` before it."""

import re

from culpa.collector.exceptions.stacktrace.raised import Frame, Raised, make_frame
from culpa.instrumentation.patterns import late_pattern

_FRAME = late_pattern(
    r"^#\d+ (?:(?P<file>[^\n(]+?)\((?P<line>\d+)\)|\[internal function\]|\{main\}"
    r"|(?P<bare>\S+)):? ?(?P<call>[^\n]*)$",
    re.MULTILINE,
)
_HEAD = late_pattern(
    r"(?<![\w\\])(?:PHP )?(?:Fatal error: +)?(?:Uncaught )?(?P<type>[A-Za-z_\\][\w\\]*+)"
    r"(?:: (?P<message>[\s\S]*))?\Z"
)
_PLACE = late_pattern(r"(?P<file>[^\n]+?):(?P<line>\d+)")
_NEXT = late_pattern(r"^[^\S\n]*Next (?=[A-Za-z_\\])", re.MULTILINE)


def matches(text: str) -> bool:
    """Tell whether this is a PHP trace."""
    return bool(re.search(r"^#0 ", text, re.MULTILINE))


def read(text: str) -> list[Raised]:
    """Read the chain, outermost first: PHP prints the earliest first and what followed behind `Next`."""
    return [_read_block(block) for block in reversed(_NEXT.split(text))]


def _read_block(block: str) -> Raised:
    before, _, after = block.partition("#0 ")
    frames = [frame for match in _FRAME.finditer("#0 " + after) if (frame := _frame(match))]
    frames.reverse()
    words, _, written = before.replace("Stack trace:", "").strip().rpartition(" in ")
    head, place = _HEAD.search(words), _PLACE.fullmatch(written)
    if not head or not place:
        return Raised("", "", tuple(frames))
    caller = frames[-1].function if frames else ""
    return Raised(
        head["type"],
        (head["message"] or "").strip(),
        (*frames, make_frame(place["file"], place["line"], caller)),
    )


def _frame(match: re.Match[str]) -> Frame | None:
    if not match["file"]:
        return None
    return make_frame(match["file"], match["line"], match["call"].partition("(")[0])
