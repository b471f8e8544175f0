"""The local variables of the user's own line where an exception began. Off unless CULPA_LOCALS=on.

No method of the program's is called: only values of Python's own types are shown, of others the class. Names that speak
of secrets are masked, texts are redacted like all others.
"""

import os
from collections.abc import Iterable
from itertools import islice
from types import FrameType
from typing import Any, cast

from culpa.instrumentation.exceptions.origin import is_in_app
from culpa.instrumentation.redact.attribute import Kind, kind_of
from culpa.instrumentation.redact.mask import REDACTED
from culpa.instrumentation.redact.text import redact_text

SWITCH = "CULPA_LOCALS"
_ON = frozenset(("on", "1", "true", "yes"))
#: Variables, members of a container, characters of a text: enough to recognise a case, not to copy the data.
_MOST_VARIABLES, _MOST_MEMBERS, _MOST_CHARACTERS, _DEEPEST = 40, 8, 120, 3
#: Characters of a text in which secrets are looked for, bits of a number that is written down.
_MOST_SEARCHED, _MOST_BITS = 4096, 512


def are_wanted() -> bool:
    """Tell whether local variables are to be sent."""
    return os.environ.get(SWITCH, "").strip().lower() in _ON


def own_locals(links: Iterable[BaseException]) -> list[str]:
    """Return `name = value` of the innermost frame of the user's own code, the last link's first; [] if none is."""
    for link in reversed(list(links)):
        frame = _own_frame(link)
        if frame is not None:
            found = list(frame.f_locals.items())[:_MOST_VARIABLES]
            return [f"{name} = {_shown(name, value, 0)}" for name, value in found if not name.startswith("__")]
    return []


def _own_frame(error: BaseException) -> FrameType | None:
    stack, found = error.__traceback__, None
    while stack is not None:
        if is_in_app(stack.tb_frame):
            found = stack.tb_frame
        stack = stack.tb_next
    return found


def _shown(name: str, value: Any, depth: int) -> str:
    if kind_of(name) == Kind.SECRET:
        return REDACTED
    kind: type = type(value)  # pyright: ignore[reportUnknownVariableType]  # of anything
    if kind is int and value.bit_length() > _MOST_BITS:
        return f"<int of {value.bit_length()} bits>"  # Python refuses to write it down, or takes minutes
    if value is None or kind in (bool, int, float, complex):
        return repr(value)
    if kind is str:
        return repr(redact_text(value[:_MOST_SEARCHED])[:_MOST_CHARACTERS])
    if kind in (bytes, bytearray):
        return f"<{len(value)} bytes>"
    if depth < _DEEPEST and kind is dict:
        return "{" + ", ".join(_pairs(cast(dict[Any, Any], value), depth)) + "}"
    if depth < _DEEPEST and kind in (list, tuple, set, frozenset):
        members = [_shown("", one, depth + 1) for one in _first(value)]
        return "[" + ", ".join([*members, "…"] if len(value) > _MOST_MEMBERS else members) + "]"
    return f"<{kind.__module__}.{kind.__qualname__}>"


def _pairs(value: dict[Any, Any], depth: int) -> list[str]:
    found: list[str] = []
    for key, one in _first(value.items()):
        shown = repr(key[:_MOST_CHARACTERS]) if type(key) is str else _shown("", key, _DEEPEST)
        found.append(f"{shown}: {_shown(key if type(key) is str else '', one, depth + 1)}")
    return [*found, "…"] if len(value) > _MOST_MEMBERS else found


def _first(members: Iterable[Any]) -> list[Any]:
    """Return the beginning of a container, however long it is; another thread may be changing it."""
    try:
        return list(islice(members, _MOST_MEMBERS))
    except RuntimeError:
        return []
