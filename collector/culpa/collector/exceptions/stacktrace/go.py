"""Go: `goroutine 1 [running]:`, then pairs of a function line and an indented `file:line`."""

import re

from culpa.collector.exceptions.stacktrace.raised import Raised, make_frame
from culpa.instrumentation.patterns import late_pattern

_FRAME = late_pattern(
    r"^(?P<function>[^\s(][^\n]*)\([^()\n]*\)\n\s+(?P<file>\S+\.(?:go|s)):(?P<line>\d+)", re.MULTILINE
)
#: Of a program, or of a handler that net/http got over.
_PANIC = late_pattern(r"^(?:[\d/: .]{19,26} )?(?:http2?: )?panic(?: serving \S{3,60})?: ([^\n]*)", re.MULTILINE)


def matches(text: str) -> bool:
    """Tell whether this is a Go trace."""
    return "goroutine " in text and bool(_FRAME.search(text))


def read(text: str) -> list[Raised]:
    """Read the first goroutine: the one that panicked."""
    first = text[text.index("goroutine ") :].split("\n\n", 1)[0]
    frames = [make_frame(match["file"], match["line"], match["function"]) for match in _FRAME.finditer(first)]
    panic = _PANIC.search(text)
    return [Raised("", panic[1] if panic else "", tuple(reversed(frames)))]
