"""Format an exception as Python does, ten times as fast: the frames of a service's failures are always the same.

traceback.format_exception reads and parses the source of every frame each time; half of what a failing request costs.
Here each frame's text is made once, by traceback itself. Refuses exception groups and syntax errors, which have a form
of their own: those are traceback's.
"""

import linecache
import traceback
from itertools import islice
from types import CodeType, TracebackType

_HEAD = "Traceback (most recent call last):\n"
_CAUSED = "\nThe above exception was the direct cause of the following exception:\n\n"
_DURING = "\nDuring handling of the above exception, another exception occurred:\n\n"
#: Of the same line over and over (a recursion) so many are shown. Source: Lib/traceback.py, _RECURSIVE_CUTOFF.
_MOST_REPEATED = 3
#: Frames that are remembered, some 200 bytes each.
_MOST_KNOWN = 4096
#: Whole texts that are remembered, some kilobytes each.
_MOST_SHARED = 64


def stack_text(error: BaseException) -> str:
    """Return what traceback.format_exception says of an exception, its causes and contexts."""
    links = _links(error)
    if any(isinstance(link, BaseExceptionGroup | SyntaxError) for link, _ in links):
        return "".join(traceback.format_exception(error))
    parts: list[str] = []
    for link, joint in reversed(links):
        parts.append(joint)
        if link.__traceback__ is not None:
            parts += (_HEAD, _frames(link.__traceback__))
        parts += _last_lines(link)
    return _shared_text("".join(parts))


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
    while at is not None:
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
    if hasattr(error, "__notes__") or isinstance(error, NameError | AttributeError | ImportError):
        # Notes; since Python 3.12 also suggestions. With no frames asked for, only these lines are made.
        told = traceback.TracebackException(kind, error, error.__traceback__, limit=0, lookup_lines=False)
        return list(told.format_exception_only())
    name = (
        kind.__qualname__ if kind.__module__ in ("__main__", "builtins") else f"{kind.__module__}.{kind.__qualname__}"
    )
    try:
        text = str(error)
    except Exception:  # traceback's own words
        text = "<exception str() failed>"
    return [f"{name}: {text}\n" if text else f"{name}\n"]


def _frames(stack: TracebackType) -> str:
    parts: list[str] = []
    before: tuple[CodeType, int] | None = None
    repeated = 0
    at: TracebackType | None = stack
    while at is not None:
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
    linecache.lazycache(code.co_filename, at.tb_frame.f_globals)
    places = next(islice(code.co_positions(), at.tb_lasti // 2, None), None) if at.tb_lasti >= 0 else None
    _, end_line, column, end_column = places or (None, None, None, None)
    summary = traceback.FrameSummary(
        code.co_filename, at.tb_lineno, code.co_name, end_lineno=end_line, colno=column, end_colno=end_column
    )
    return "".join(traceback.StackSummary.from_list([summary]).format())
