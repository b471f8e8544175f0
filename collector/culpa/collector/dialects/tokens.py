"""The tokens of an object that a program printed as its language shows values."""

import re
from collections.abc import Callable

from culpa.collector.dialects.dialect import Unreadable

#: What it is, by the name of the pattern's group, and its text.
Token = tuple[str, str]


def tokens_of(text: str, match: Callable[[str, int], re.Match[str] | None]) -> list[Token]:
    """Return the tokens of a text but for `space`; `match` is of a pattern that names each kind by a group.

    Errors: Unreadable.
    """
    found: list[Token] = []
    at = 0
    while at < len(text):
        token = match(text, at)
        if token is None:
            raise Unreadable("a printed object ends inside a text")
        at = token.end()
        kind = token.lastgroup or ""
        if kind != "space":
            found.append((kind, token[0]))
    return found


def token_at(tokens: list[Token], at: int) -> Token:
    """Return a token, an empty one behind the last."""
    return tokens[at] if at < len(tokens) else ("", "")
