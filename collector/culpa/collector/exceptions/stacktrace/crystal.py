"""Crystal: `message (Type)`, then `  from file.cr:line:column in 'function'`, innermost first."""

import re

from culpa.collector.exceptions.stacktrace.raised import Raised, make_frame
from culpa.instrumentation.patterns import late_pattern

_FRAME = late_pattern(
    r"^[^\S\n]+from (?P<file>[^\s:][^:\n]*\.cr):(?P<line>\d+)(?::\d+)? in '(?P<function>[^'\n]*)'", re.MULTILINE
)
_HEAD = late_pattern(r"^(?P<message>\S[^\n]*) \((?P<type>[A-Z][\w:]*)\)$", re.MULTILINE)


def matches(text: str) -> bool:
    """Tell whether this is a trace of Crystal."""
    return bool(_FRAME.search(text))


def read(text: str) -> list[Raised]:
    """Read the one exception of the trace."""
    found = list(_FRAME.finditer(text))
    head = _HEAD.search(text[: found[0].start()]) if found else None
    frames = tuple(make_frame(one["file"], one["line"], one["function"]) for one in reversed(found))
    return [Raised(head["type"] if head else "", head["message"] if head else "", frames)]
