"""Read what Node's `util.inspect` prints of an object back into values.

Source: Node's documentation of `util.inspect`: keys without quotes where they are names, texts in one of three quotes
and over several lines joined by `+`, `[Array]` and `[Object]` for what lies too deep, `... 3 more items`.
"""

import re

from culpa.collector.dialects.dialect import Unreadable, Value
from culpa.collector.dialects.tokens import Token, token_at, tokens_of
from culpa.instrumentation.patterns import late_pattern

_MAX_DEPTH = 32
#: One token each; linear, since every alternative begins with another sign, and a text takes what is its own (`*+`).
_TOKEN = late_pattern(
    r"""(?P<text>'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+"|`(?:[^`\\]|\\.)*+`)"""
    r"|(?P<more>\.\.\.[^\n,]{0,100})|(?P<left>\[(?:Array|Object|Function|Getter|Setter|Circular|Symbol|class)[^\]\n]{0,200}\])"
    r"|(?P<word>[^\s'\"`\[\]{},:+]{1,400})|(?P<sign>[\[\]{},:+])|(?P<space>\s++)",
    re.DOTALL,
)
_ESCAPE = late_pattern(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_WORDS: dict[str, Value] = {"true": True, "false": False, "null": None, "undefined": None}


def inspected(text: str) -> Value:
    """Return the value that was printed. Errors: Unreadable."""
    tokens = tokens_of(text, _TOKEN.match)
    value, at = _value(tokens, 0, 0)
    if at != len(tokens):
        raise Unreadable("something follows a printed object")
    return value


def _value(tokens: list[Token], at: int, depth: int) -> tuple[Value, int]:
    kind, sign = token_at(tokens, at)
    if kind == "text":
        return _joined(tokens, at)
    if kind == "sign" and sign in "[{" and depth < _MAX_DEPTH:
        return _listed(tokens, at + 1, depth) if sign == "[" else _object(tokens, at + 1, depth)
    if kind == "left":
        return None, at + 1
    if kind == "word":
        # A class may stand before the braces: `Foo {`, `Map(2) {`, `[Object: null prototype] {`.
        if token_at(tokens, at + 1) in (("sign", "{"), ("sign", "[")):
            return _value(tokens, at + 1, depth)
        return _scalar(sign), at + 1
    raise Unreadable("a printed object ends early, or is none")


def _joined(tokens: list[Token], at: int) -> tuple[str, int]:
    parts = [_unquoted(tokens[at][1])]
    at += 1
    while token_at(tokens, at) == ("sign", "+") and token_at(tokens, at + 1)[0] == "text":
        parts.append(_unquoted(tokens[at + 1][1]))
        at += 2
    return "".join(parts), at


def _unquoted(token: str) -> str:
    return _ESCAPE.sub(
        lambda one: chr(int(one[1] or one[2], 16)) if one[1] or one[2] else _PLAIN.get(one[3], one[3]), token[1:-1]
    )


def _scalar(word: str) -> Value:
    if word in _WORDS:
        return _WORDS[word]
    try:
        return float(word) if "." in word or "e" in word else int(word.removesuffix("n")[:20])
    except ValueError:
        return word


def _listed(tokens: list[Token], at: int, depth: int) -> tuple[list[Value], int]:
    found: list[Value] = []
    while True:
        kind, sign = token_at(tokens, at)
        if (kind, sign) == ("sign", "]"):
            return found, at + 1
        if (kind, sign) == ("sign", ",") or kind == "more":
            at += 1
            continue
        value, at = _value(tokens, at, depth + 1)
        found.append(value)


def _object(tokens: list[Token], at: int, depth: int) -> tuple[dict[str, Value], int]:
    found: dict[str, Value] = {}
    while True:
        kind, sign = token_at(tokens, at)
        if (kind, sign) == ("sign", "}"):
            return found, at + 1
        if (kind, sign) == ("sign", ",") or kind == "more":
            at += 1
            continue
        if kind not in ("word", "text", "left") or token_at(tokens, at + 1) != ("sign", ":"):
            raise Unreadable("a printed object ends early, or is none")
        key = _unquoted(sign) if kind == "text" else sign
        found[key], at = _value(tokens, at + 2, depth + 1)
