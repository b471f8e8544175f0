"""Format an exception as Python does, ten times as fast: the frames of a service's failures are always the same.

traceback.format_exception reads and parses the source of every frame each time; half of what a failing request costs.
Here each frame's text is made once, by traceback itself. Refuses exception groups and syntax errors, which have a form
of their own: those are traceback's. Whatever the exception is, the text is bounded: of long chains, deep stacks and
wide groups the ends are told.
"""

import traceback
from collections.abc import Iterator
from itertools import islice
from types import CodeType, TracebackType
from typing import cast

from culpa.instrumentation.exceptions.sources import may_read, only_readable

_HEAD = "Traceback (most recent call last):\n"
_CAUSED = "\nThe above exception was the direct cause of the following exception:\n\n"
_DURING = "\nDuring handling of the above exception, another exception occurred:\n\n"
#: Of the same line over and over (a recursion) so many are shown. Source: Lib/traceback.py, _RECURSIVE_CUTOFF.
_MOST_REPEATED = 3
#: Characters of a message with its notes, and of all; exceptions of a chain; frames of a stack; members of a group.
MOST_OF_MESSAGE = 32_768
MOST_OF_TEXT = 65_536
_MOST_LINKS, _MOST_FRAMES, _MOST_MEMBERS = 64, 256, 256
#: How far a chain is followed to find its other end.
_FURTHEST = 1024
_LEFT_OUT = "\n[{} exceptions of the chain are left out]\n\n"
#: Frames that are remembered, some 200 bytes each.
_MOST_KNOWN = 4096
#: Whole texts that are remembered, some kilobytes each.
_MOST_SHARED = 64


def stack_text(error: BaseException) -> str:
    """Return what traceback.format_exception says of an exception, its causes and contexts."""
    links = _shortened(_links(error))
    if any(isinstance(link, BaseExceptionGroup | SyntaxError) for link, _ in links):
        return _by_traceback(error, [link for link, _ in links])
    parts: list[str] = []
    for link, joint in reversed(links):
        parts.append(joint)
        if link.__traceback__ is not None:
            parts += (_HEAD, _frames(link.__traceback__))
        parts += _last_lines(link)
    text = "".join(parts)
    if len(text) > MOST_OF_TEXT:
        half = MOST_OF_TEXT // 2
        text = f"{text[:half]}\n…[cut]\n{text[-half:]}"
    return _shared_text(text)


def _by_traceback(error: BaseException, links: list[BaseException]) -> str:
    members = list(islice(_members(links), _MOST_MEMBERS + 1))
    names = [link.filename for link in members if isinstance(link, SyntaxError)]
    stacks = [link.__traceback__ for link in members]
    if len(members) > _MOST_MEMBERS or any(_length(stack) > _MOST_FRAMES for stack in stacks):
        # traceback would take all of them apart before it leaves most of them out.
        own = [error.__traceback__] if error.__traceback__ is not None else []
        kind = f"{type(error).__module__}.{type(error).__qualname__}"
        return "".join([*([_HEAD, _frames(own[0])] if own else []), f"{kind}: {_text(error)}\n"])
    with only_readable(stacks, names):
        return "".join(traceback.format_exception(error))[:MOST_OF_MESSAGE]


def _members(links: list[BaseException]) -> Iterator[BaseException]:
    waiting, seen = list(links), set[int]()
    while waiting:
        at = waiting.pop()
        if id(at) in seen:
            continue
        seen.add(id(at))
        yield at
        waiting += [one for one in (at.__cause__, at.__context__) if one is not None]
        if isinstance(at, BaseExceptionGroup):
            waiting += cast(BaseExceptionGroup[BaseException], at).exceptions[: _MOST_MEMBERS + 1]


def _length(stack: TracebackType | None) -> int:
    count = 0
    while stack is not None:
        count, stack = count + 1, stack.tb_next
    return count


def _shortened(links: list[tuple[BaseException, str]]) -> list[tuple[BaseException, str]]:
    """Return the ends of a chain; in the middle it says how many are missing."""
    left = len(links) - _MOST_LINKS
    if left <= 0:
        return links
    half = _MOST_LINKS // 2
    last, _ = links[half - 1]
    return [*links[: half - 1], (last, _LEFT_OUT.format(left)), *links[-half:]]


#: In an outage thousands of equal texts wait to be sent: they are one in memory.
_shared: dict[str, str] = {}


def _shared_text(text: str) -> str:
    if len(_shared) >= _MOST_SHARED and text not in _shared:
        _shared.clear()
    return _shared.setdefault(text, text)


def _links(error: BaseException) -> list[tuple[BaseException, str]]:
    """Return the chain that is shown, outermost first, each with the sentence that follows the next one's."""
    found: list[tuple[BaseException, str]] = []
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and len(found) < _FURTHEST:
        seen.add(id(at))
        cause, context = at.__cause__, at.__context__
        following: BaseException | None = None
        joint = ""
        if cause is not None and id(cause) not in seen:
            following, joint = cause, _CAUSED
        elif cause is None and context is not None and not at.__suppress_context__ and id(context) not in seen:
            following, joint = context, _DURING
        found.append((at, joint))
        at = following
    return found


def _last_lines(error: BaseException) -> list[str]:
    kind = type(error)
    notes = getattr(error, "__notes__", None)
    # What is no list need not have an end.
    if type(notes) in (list, tuple) or (notes is None and isinstance(error, NameError | AttributeError | ImportError)):
        # Notes; since Python 3.12 also suggestions. With no frames asked for, only these lines are made.
        members = traceback.TracebackException(kind, error, error.__traceback__, limit=0, lookup_lines=False)
        return [_cut("".join(members.format_exception_only()))]
    name = (
        kind.__qualname__ if kind.__module__ in ("__main__", "builtins") else f"{kind.__module__}.{kind.__qualname__}"
    )
    text = _text(error)
    return [f"{_cut(name)}: {text}\n" if text else f"{_cut(name)}\n"]


def _text(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:  # traceback's own words
        text = "<exception str() failed>"
    return _cut(text)


def _cut(text: str) -> str:
    return text if len(text) <= MOST_OF_MESSAGE else f"{text[:MOST_OF_MESSAGE]}…[cut]\n"


def _frames(stack: TracebackType) -> str:
    parts: list[str] = []
    before: tuple[CodeType, int] | None = None
    repeated = 0
    at: TracebackType | None = stack
    left = _length(stack) - _MOST_FRAMES
    number = 0
    while at is not None:
        number += 1
        if 0 < number - _MOST_FRAMES // 2 <= left:
            at = at.tb_next
            continue
        if left > 0 and number == _MOST_FRAMES // 2 + left + 1:
            parts += (_more(repeated), f"  [{left} frames are left out]\n")
            before, repeated = None, 0
        code = at.tb_frame.f_code
        place = (code, at.tb_lineno)
        if place != before:
            parts.append(_more(repeated))
            before, repeated = place, 0
        repeated += 1
        if repeated <= _MOST_REPEATED:
            parts.append(_frame(at, code))
        at = at.tb_next
    parts.append(_more(repeated))
    return "".join(parts)


def _more(repeated: int) -> str:
    left = repeated - _MOST_REPEATED
    return f"  [Previous line repeated {left} more time{'s' * (left > 1)}]\n" if left > 0 else ""


#: Identity of a code object and instruction to the frame's text; the code is kept, so that its identity stays its own.
_known: dict[tuple[int, int], tuple[str, CodeType]] = {}


def _frame(at: TracebackType, code: CodeType) -> str:
    key = (id(code), at.tb_lasti)
    found = _known.get(key)
    if found is None:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        found = _known[key] = (_format(at, code), code)
    return found[0]


def _format(at: TracebackType, code: CodeType) -> str:
    line = None if may_read(code.co_filename, at.tb_frame.f_globals) else ""
    places = next(islice(code.co_positions(), at.tb_lasti // 2, None), None) if at.tb_lasti >= 0 else None
    _, end_line, column, end_column = places or (None, None, None, None)
    summary = traceback.FrameSummary(
        code.co_filename,
        at.tb_lineno,
        code.co_name,
        line=line,
        end_lineno=end_line,
        colno=column,
        end_colno=end_column,
    )
    return "".join(traceback.StackSummary.from_list([summary]).format())
