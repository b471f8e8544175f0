"""Ruby: `file:line:in 'method': message (Type)`, then `from` lines; causes follow in the same form."""

import re

from culpa.collector.decode.stacktrace.raised import Frame, Raised, make_frame

_LINE = re.compile(
    r"^(?:\s+from )?(?:\d+: from )?(?P<file>[^\s:][^:\n]*):(?P<line>\d+):in [`'](?P<function>[^'\n]*)'",
    re.MULTILINE,
)
_HEAD = re.compile(
    r"^(?P<file>[^\s:][^:\n]*):(?P<line>\d+):in [`'](?P<function>[^'\n]*)': "
    r"(?P<message>.*?) \((?P<type>[A-Z][\w:]*)\)$",
    re.MULTILINE,
)


def matches(text: str) -> bool:
    """Tell whether this is a Ruby trace."""
    return bool(_LINE.search(text))


def read(text: str) -> list[Raised]:
    """Read the chain, outermost first: each head line opens an exception."""
    heads = list(_HEAD.finditer(text))
    if not heads:
        return [Raised("", "", _frames(text))]
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return [_read_block(head, text[head.end() : end]) for head, end in zip(heads, ends, strict=True)]


def _read_block(head: re.Match[str], rest: str) -> Raised:
    place = make_frame(head["file"], head["line"], head["function"])
    more = rest.partition("\n\tfrom ")[0].strip("\n") if "\n\tfrom " in rest else ""
    message = "\n".join(part for part in (head["message"], more) if part)
    return Raised(head["type"], message, (*_frames(rest), place))


def _frames(text: str) -> tuple[Frame, ...]:
    found = [make_frame(match["file"], match["line"], match["function"]) for match in _LINE.finditer(text)]
    return tuple(reversed(found))
