"""Patterns that are compiled when they are first asked: of more than a thousand a command asks a few hundred."""

import re
from typing import Any, AnyStr, cast


def late_pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return what has the methods and attributes of `re.compile(text, flags)`; the functions of `re` do not take it.

    Errors: re.error, when it is first asked.
    """
    return cast("re.Pattern[AnyStr]", _Late(text, flags))


class _Late:
    """Stands for a pattern; what it was asked for it holds, so that to ask again costs no more than of the pattern."""

    def __init__(self, text: str | bytes, flags: int) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:
        compiled = self.__dict__.get("_compiled") or re.compile(self._text, self._flags)
        found = getattr(compiled, name)
        self.__dict__.update({"_compiled": compiled, name: found})
        return found
