"""Ruby: `file:line:in 'method': message (Type)`, then `from` lines; causes follow in the same form."""

import re

from culpa.collector.exceptions.stacktrace.raised import Frame, Raised, make_frame
from culpa.instrumentation.patterns import late_pattern

_LINE = late_pattern(
    r"^(?:[^\S\n]+from )?(?:\d+: from )?(?P<file>[^\s:][^:\n]*):(?P<line>\d+):in [`'](?P<function>[^'\n]*)'",
    re.MULTILINE,
)
_HEAD = late_pattern(
    r"^(?P<file>[^\s:][^:\n]*):(?P<line>\d+):in [`'](?P<function>[^'\n]*)': "
    r"(?P<message>.*?) \((?P<type>[A-Z][\w:]*)\)$",
    re.MULTILINE,
)
#: Code of a `rescue`: `rescue in pay`, `rescue in block in Basket#pay`.
_RESCUE = late_pattern(r"rescue in ")
#: Clients that have nothing to clean up after an error: their second one is of another call.
_STATELESS = frozenset({"Net", "Errno", "SocketError", "OpenSSL", "Faraday", "HTTP", "HTTPX", "RestClient", "Excon"})


def matches(text: str) -> bool:
    """Tell whether this is a Ruby trace."""
    return bool(_LINE.search(text))


def read(text: str) -> list[Raised]:
    """Read the chain, outermost first: each head line opens an exception.

    What the app had caught before it called a library for something else, which failed for itself, is left out.
    """
    heads = list(_HEAD.finditer(text))
    if not heads:
        return [Raised("", "", _frames(text))]
    ends = [head.start() for head in heads[1:]] + [len(text)]
    chain = [_read_block(head, text[head.end() : end]) for head, end in zip(heads, ends, strict=True)]
    for number in range(1, len(chain)):
        if _has_gone_on(chain[number - 1], chain[number:]):
            return chain[:number]
    return chain


def _has_gone_on(raised: Raised, caught: list[Raised]) -> bool:
    """Tell whether the app itself caught the others, and a library that it then called raised this one."""
    catchers = _catchers(raised) - _catchers(caught[0])
    if not catchers or raised.frames[-1].in_app:
        return False
    # What fails while the same library cleans up is a consequence.
    module = _module(raised)
    return module in _STATELESS or module not in {_module(one) for one in caught}


def _catchers(raised: Raised) -> set[str]:
    return {frame.function for frame in raised.frames if frame.in_app and _RESCUE.match(frame.function)}


def _module(raised: Raised) -> str:
    return raised.type.partition("::")[0]


def _read_block(head: re.Match[str], rest: str) -> Raised:
    place = make_frame(head["file"], head["line"], head["function"])
    more = rest.partition("\n\tfrom ")[0].strip("\n") if "\n\tfrom " in rest else ""
    message = "\n".join(part for part in (head["message"], more) if part)
    return Raised(head["type"], message, (*_frames(rest), place))


def _frames(text: str) -> tuple[Frame, ...]:
    found = [make_frame(match["file"], match["line"], match["function"]) for match in _LINE.finditer(text)]
    return tuple(reversed(found))
