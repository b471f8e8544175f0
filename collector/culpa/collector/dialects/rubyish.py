"""Read what Ruby's `pp` and `inspect` print of an object back into values.

Source: Ruby's documentation of `inspect` of Object, Struct, String and Hash, 2.6 to 3.4. A struct and an object are
told as a mapping of their members.
"""

import re

from culpa.collector.dialects.dialect import Unreadable, Value
from culpa.collector.dialects.tokens import Token, token_at, tokens_of
from culpa.instrumentation.patterns import late_pattern

_MAX_DEPTH = 32
#: One token each; linear, since every alternative begins with another sign, and a text takes what is its own (`*+`).
_TOKEN = late_pattern(
    r"""(?P<text>"(?:[^"\\]|\\.)*+")|(?P<open>\#<(?:struct )?[\w:]{0,200})|(?P<arrow>=>)"""
    r"|(?P<symbol>:(?:[\w?!]{1,200}|\"(?:[^\"\\]|\\.)*+\"))|(?P<word>[\w@.+\-][\w@.+\-?!]{0,400})|(?P<sign>[\[\]{},=>:])|(?P<space>\s++)",
    re.DOTALL,
)
_ESCAPE = late_pattern(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|(.))", re.DOTALL)
_PLAIN = {"n": 10, "t": 9, "r": 13, "e": 27, "a": 7, "b": 8, "f": 12, "v": 11, "0": 0, "s": 32}
_WORDS: dict[str, Value] = {"true": True, "false": False, "nil": None}


def rubyish(text: str) -> Value:
    """Return the value that was printed; texts are bytes, as their escapes may be no UTF-8. Errors: Unreadable."""
    tokens = tokens_of(text, _TOKEN.match)
    value, at = _value(tokens, 0, 0)
    if at != len(tokens):
        raise Unreadable("something follows a printed object")
    return value


def _value(tokens: list[Token], at: int, depth: int) -> tuple[Value, int]:
    kind, sign = token_at(tokens, at)
    if depth > _MAX_DEPTH:
        raise Unreadable("a printed object that is too deep")
    match kind, sign:
        case "text", _:
            return _unquoted(sign[1:-1]), at + 1
        case "symbol", _:
            return sign[1:].strip('"'), at + 1
        case "open", _:
            return _members(tokens, at + 1, depth, ">")
        case "sign", "{":
            return _members(tokens, at + 1, depth, "}")
        case "sign", "[":
            return _listed(tokens, at + 1, depth)
        case "word", _:
            return _scalar(sign), at + 1
        case _:
            raise Unreadable("a printed object ends early, or is none")


def _listed(tokens: list[Token], at: int, depth: int) -> tuple[list[Value], int]:
    found: list[Value] = []
    while token_at(tokens, at) != ("sign", "]"):
        if token_at(tokens, at) == ("sign", ","):
            at += 1
            continue
        value, at = _value(tokens, at, depth + 1)
        found.append(value)
    return found, at + 1


def _members(tokens: list[Token], at: int, depth: int, end: str) -> tuple[dict[str, Value], int]:
    """Read `a=1, @b=2>` or `"a"=>1, b: 2}`; an address behind a class's name is passed over."""
    found: dict[str, Value] = {}
    if end == ">" and token_at(tokens, at) == ("sign", ":"):
        at += 2
    while token_at(tokens, at) != ("sign", end):
        kind, sign = token_at(tokens, at)
        if (kind, sign) == ("sign", ","):
            at += 1
            continue
        if kind not in ("word", "text", "symbol"):
            raise Unreadable("a printed object ends early, or is none")
        key = _key(kind, sign)
        at += 1
        if token_at(tokens, at) in (("sign", "="), ("arrow", "=>"), ("sign", ":")):
            found[key], at = _value(tokens, at + 1, depth + 1)
    return found, at + 1


def _key(kind: str, sign: str) -> str:
    return _unquoted(sign[1:-1]).decode("utf-8", "replace") if kind == "text" else sign.lstrip(":@")


def _unquoted(text: str) -> bytes:
    found = bytearray()
    at = 0
    for escape in _ESCAPE.finditer(text):
        found += text[at : escape.start()].encode()
        byte, short, long, plain = escape.groups()
        at = escape.end()
        if byte:
            found.append(int(byte, 16))
        elif short or long:
            found += chr(min(int(short or long, 16), 0x10FFFF)).encode("utf-8", "replace")
        elif plain in _PLAIN:
            found.append(_PLAIN[plain])
        else:
            found += plain.encode()
    return bytes(found + text[at:].encode())


def _scalar(word: str) -> Value:
    if word in _WORDS:
        return _WORDS[word]
    try:
        return float(word) if "." in word else int(word[:20])
    except ValueError:
        return word
