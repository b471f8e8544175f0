"""Mask what stands behind a secret's name: `name=value`, `"name": [value]`, `name => value`, `(b'name', b'value')`."""

import re
from collections.abc import Callable

from culpa.instrumentation.patterns import late_pattern
from culpa.instrumentation.redact.mask import REDACTED
from culpa.instrumentation.redact.names import is_secret, is_weak
from culpa.instrumentation.redact.value import is_kept, secret_span, value_span
from culpa.instrumentation.redact.wordlist import words_in

# Each run of a name's signs is read once, as it starts where none stands before it.
_HEAD = late_pattern(
    r"(?<![\w.-])([\w.-]++)((?:\\*+[\"'`]|%22)?+(?:\]|%5[Dd]|\[\d{0,4}\])?+)"
    r"([ \t]{0,3}+(?:=>|:=|={1,3}+|:(?!/)|->|%3[DdAa])\s{0,3}+|,\s{0,3}+(?=\\*+[bBuU]?[\"'])"
    r"|\s{1,3}+(?=[\"'`\w$+/~!#]))"
)
_ENCODED = late_pattern(r"(?:22|5[Bb]|26|3[Ff])(?=[A-Za-z_])")
_KEY_WORD = late_pattern(
    r"(?i)\b(?:api|secret|private|access|encryption|signing|license|ssh|session|master|account|passphrase for)[ _-]\Z"
)
_MIXED = late_pattern(r"(?=[^\s]{0,255}\d)(?=[^\s]{0,255}[A-Za-z])[\w.~+/=:*-]{4,}+")
_TOKEN_LIKE = late_pattern(
    r"(?=[\w.~+/=%-]{0,63}[a-z])(?=[\w.~+/=%-]{0,63}[A-Z])(?=[\w.~+/=%-]{0,63}\d)[\w.~+/=%-]{10,}+|[0-9a-f]{20,}+"
    r"|(?=[\w-]{0,63}\d)(?=[\w-]{0,63}[a-z])[a-z0-9]{24,}+"
)
# A number that is told right behind its name, but no time or count.
_ONE_TIME = late_pattern(r"\d{4,8}+(?![\w-])(?!\.\d)(?!\s{0,2}(?:ms|s|sec|seconds|times|attempts|bytes|%)(?!\w))")
_ONCE = words_in("otp totp passcode")
# User and password, as many HTTP clients take them: `auth=('bob', 'x')`.
_BOTH = late_pattern(
    r"\(\s{0,3}+[bu]?['\"][^'\"\n]{0,128}+['\"]\s{0,3}+,\s{0,3}+[bu]?['\"]([^'\"\n]{1,256}+)['\"]\s{0,3}+\)"
)
_SAID_QUOTED = words_in("token password passwd passphrase apikey api_key jwt otp")
_HEADERS = ("authorization", "cookie", "key", "token")


def redact_pairs(text: str) -> str:
    """Mask the values of secrets' names; the names, and words about a secret, stay."""
    return _masked(text, _span_of)


def redact_named(text: str, is_named: Callable[[str], bool]) -> str:
    """Mask all values of names that the caller knows, whatever they look like."""

    def span(text: str, found: re.Match[str]) -> tuple[int, int] | None:
        name, _, separator = found.groups()
        return value_span(text, found.end()) if separator.strip(", \t\n") and is_named(name.lstrip("-")) else None

    return _masked(text, span)


def _masked(text: str, span_of: Callable[[str, re.Match[str]], tuple[int, int] | None]) -> str:
    done: list[str] = []
    last = at = 0
    while found := _HEAD.search(text, at):
        at = found.end()
        span = span_of(text, found)
        if span:
            start, end = span
            if end > start and start >= last:
                done += (text[last:start], REDACTED)
                last = end
            at = max(at, end)
    if not done:
        return text
    done.append(text[last:])
    return "".join(done)


def _span_of(text: str, found: re.Match[str]) -> tuple[int, int] | None:
    name, closing, separator = found.groups()
    if found.start() and text[found.start() - 1] == "%":
        encoded = _ENCODED.match(name)
        name = name[encoded.end() :] if encoded else name
    sign = separator.strip()
    secret = is_secret(name) or _is_key_of_words(text, name, found.start())
    if not secret:
        return _weak_span(text, name, found.end()) if sign and sign != "," and is_weak(name) else None
    if _is_unexpected(text, found.start()):
        return None
    if sign == ",":
        return _item_span(text, found, name, closing)
    if not sign:
        return _apart_span(text, found, name)
    return secret_span(text, found.end(), name, sign == ":")


def _is_key_of_words(text: str, name: str, start: int) -> bool:
    """Tell whether two words are the name: `api key`."""
    return name.lower() in ("key", "keys") and _KEY_WORD.search(text[max(0, start - 16) : start]) is not None


def _is_unexpected(text: str, start: int) -> bool:
    """Parsers of JavaScript, PHP and JSON: `unexpected token: …`."""
    return text[max(0, start - 8) : start].lower().endswith("xpected ")


def _weak_span(text: str, name: str, at: int) -> tuple[int, int] | None:
    both = _BOTH.match(text, at) if name.lower().endswith("auth") else None
    if both:
        return None if both[1] == REDACTED else both.span(1)
    quoted = 1 if text[at : at + 1] in ("'", '"') else 0
    value = _TOKEN_LIKE.match(text, at + quoted)
    return value.span() if value and not is_kept(value.group(), name) else None


def _item_span(text: str, found: re.Match[str], name: str, closing: str) -> tuple[int, int] | None:
    """Find the value in a list of two, a list of headers, or a command's list of words."""
    start = found.start()
    opened = text[max(0, start - 4) : start].rstrip("bu\"'\\")
    is_flag = name.startswith("-")
    if not closing or not (is_flag or opened.endswith(("(", "[")) or name.lower().endswith(_HEADERS)):
        return None
    span = secret_span(text, found.end(), name, is_colon=False)
    if not span:
        return None
    after = text[span[1] : span[1] + 6].lstrip("\\\"'")
    is_header = name.lower().endswith(("authorization", "cookie")) or "-" in name.strip("-")
    return span if is_flag or is_header or after.startswith((")", "]")) else None


def _apart_span(text: str, found: re.Match[str], name: str) -> tuple[int, int] | None:
    """`--password x`, `token 'x9'`, `API key provided: x`: only a blank between the two."""
    at = found.end()
    if name.startswith("-"):
        return None if text.startswith("-", at) else secret_span(text, at, name, is_colon=False)
    if text[at : at + 1] in "\"'`":
        value = _MIXED.match(text, at + 1)
        is_whole = value is not None and text[value.end() : value.end() + 1] == text[at]
        return value.span() if value and is_whole and name.lower() in _SAID_QUOTED else None
    at = at + 3 if text.startswith("is ", at) else at
    number = _ONE_TIME.match(text, at) if name.lower() in _ONCE else None
    if number:
        return number.span()
    value = _MIXED.match(text, at)
    if value and len(value.group()) > 4 and name.lower() in _SAID_QUOTED:
        return value.span()
    if text.startswith(("provided: ", "used: ", "given: "), at):
        return secret_span(text, text.index(":", at) + 2, name, is_colon=False)
    return None
