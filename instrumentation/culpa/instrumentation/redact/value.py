"""Find where the value behind a secret's name ends: quoted, bracketed, or bare; one pass, whatever stands there."""

import re

from culpa.instrumentation.patterns import late_pattern
from culpa.instrumentation.redact.prose import goes_on, is_prose, is_validation

#: Written before a quoted text by Python, C#, Rust, PHP's var_dump, or around it by wrappers of many languages; a block
#: of YAML begins so.
_BEFORE = late_pattern(
    r"(?:%22|[|>][+-]?\n[ \t]{1,32}|\s{0,4}string\(\d{1,9}\)\s"
    r"|(?:Some|Ok|Just|Optional|Option|Present|SecretStr|Secret|SecretString|Bytes)"
    r"(?=[(\[])|[bBurRfF@$]{1,2}(?=\\*+[\"'`]))"
)
_QUOTE = late_pattern(r"(\\*+)([\"'`])")
_DOUBLE = late_pattern(r"(?:[^\"\\\n]|\\.?+)*+")
_SINGLE = late_pattern(r"(?:[^'\\\n]|\\.?+)*+")
_TICKED = late_pattern(r"[^`\n]*+")
_SIGN = late_pattern(r"[\"'\\\[\]{}()\n]")
# Characters behind the end of a line within which a bracket may be closed.
_MOST_OVER_LINES = 1024
_CLOSING = {"[": "]", "{": "}", "(": ")"}
# A bare value goes on behind a sign that ends it if more of a word follows: `p(a)b`, `a&b`, but not `a&name=`.
_BARE = late_pattern(
    r"(?:[^\s\"'`,;&<>()\[\]{}%]++|[)\]}\"'](?=\w)|[(\[{]|&(?!amp;)(?![\w.%\[\]-]{1,64}+=)(?=\S)|%(?!26|3[Bb]|22))++"
)
# Code on a stack trace's line of source, marks of what was never a value, masks of others.
_NOT_ONE = late_pattern(
    r"(?:self|cls|this|settings|config|conf|cfg|os|env|process|request|req|res|app|options|opts|props|ctx|params|args"
    r"|kwargs|data|form|body|session|user|secrets|credentials|creds|client|state)\??\.[\w.]++"
    r"|(?i:none|null|nil|true|false|undefined|yes|no|nan|empty|n/a|off|on)|\?|%\(\w{1,64}\)s|%[sdvq]|\$\d{1,3}|\$\{[^}]{0,64}\}?"
    r"|\$[A-Z_]{1,64}|\{\{? ?[a-z_.]{1,64} ?\}?\}|\{\d{0,2}\}|:\w{1,64}|[*•.x]{3,}|<[a-z_]{1,40}>"
)
_CALL = late_pattern(r"(?:new |await )?[A-Za-z_][\w.:]{0,80}+(?:\(|\[(?!redacted\]))")
_MASKED = late_pattern(
    r"\[?(?:redacted|filtered|masked|hidden|secret|private key|email|card)\]?|[*•]{3,}[^\s\"']{0,8}|x{4,}", re.I
)
_REST = late_pattern(r"[^\n;,&\"'<>(){}\[\]|]{0,256}+")
_OTHER_PAIR = late_pattern(r"[\w.-]+[=:]")
_AUTHORIZATION = late_pattern(
    r"(?i)(?:bearer|basic|token|negotiate|apikey|ntlm|key|bot|ssws|jwt|gssapi|splunk|genie)[ \t]{1,3}+[^\s\"'\\\]},;]++"
    r"|(?:digest|oauth|hawk|scram-\S{1,20}|aws4-hmac-\S{1,20}|edgegrid|signature|sharedkey\w{0,8})[ \t]++[^\r\n\\]++"
    r"|[^\s\"'\\\]},;]++"
)
_COOKIES = late_pattern(r"[^\r\n\"'\\\]}]++")


def end_of_quoted(text: str, at: int) -> tuple[int, int]:
    """Return where the text in quotes that opens at `at` ends, without and with its quote; at most with its line."""
    found = _QUOTE.match(text, at)
    if not found:
        return at, at
    marks, start = found.group(), found.end()
    if found[1]:
        line = text.find("\n", start)
        line = line if line >= 0 else len(text)
        end = text.find(marks, start, line)
        return (end, end + len(marks)) if end >= 0 else (line, line)
    body = _body(text, start, found[2])
    end = body.end() if body else start
    return end, end + text.startswith(found[2], end)


def _body(text: str, start: int, quote: str) -> re.Match[str] | None:
    if quote == '"':
        return _DOUBLE.match(text, start)
    return _SINGLE.match(text, start) if quote == "'" else _TICKED.match(text, start)


def end_of_bracketed(text: str, at: int) -> int:
    """Return where the bracket that opens at `at` is closed; at the end of the line or text if it is not."""
    depth: list[str] = []
    quote, line, skipped = "", text.find("\n", at), -1
    line = line if line >= 0 else len(text)
    for token in _SIGN.finditer(text, at, line + _MOST_OVER_LINES):
        sign, place = token.group(), token.start()
        if place == skipped:
            continue
        if sign == "\\":
            skipped = place + 1
        elif sign == "\n":
            quote = ""
        elif quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign in _CLOSING:
            depth.append(_CLOSING[sign])
        elif depth and sign == depth[-1]:
            depth.pop()
            if not depth:
                return token.end()
    return line


def secret_span(text: str, at: int, name: str, is_colon: bool) -> tuple[int, int] | None:
    """Return what of the value at `at` must go, None if it is no secret; (x, x) tells to look further behind x."""
    before = _BEFORE.match(text, at)
    if before:
        at = before.end()
    if at >= len(text):
        return None
    sign = text[at]
    if sign in "\"'`\\" and _QUOTE.match(text, at):
        start = _QUOTE.match(text, at).end()  # type: ignore[union-attr]  # matched just above
        end, _ = end_of_quoted(text, at)
        return None if is_kept(text[start:end], name) else (start, end)
    if sign in "[{(":
        return _bracketed(text, at)
    return _bare(text, at, name, is_colon)


def value_span(text: str, at: int) -> tuple[int, int] | None:
    """Return where the value at `at` stands, without its quotes; None if there is none or it is masked."""
    if _QUOTE.match(text, at):
        start = _QUOTE.match(text, at).end()  # type: ignore[union-attr]  # matched just above
        return start, end_of_quoted(text, at)[0]
    if text[at : at + 1] in ("[", "{", "("):
        span = (at, end_of_bracketed(text, at))
    else:
        found = _BARE.match(text, at)
        if not found:
            return None
        span = found.span()
    return None if _MASKED.fullmatch(text[slice(*span)]) else span


def is_kept(value: str, name: str) -> bool:
    """Tell whether a quoted value is a placeholder, a mask or a sentence about the field."""
    if not value.strip():
        return True
    if _NOT_ONE.fullmatch(value) or _MASKED.fullmatch(value) or value.lower() == name.lower():
        return True
    return " " in value and is_validation(value)


def _bracketed(text: str, at: int) -> tuple[int, int] | None:
    end = end_of_bracketed(text, at)
    inner = text[at:end]
    if len(inner) < 240 and (_MASKED.fullmatch(inner) or _NOT_ONE.fullmatch(inner)):
        return None
    bare = inner.strip("[]{}() \"'\t")
    if not bare or bare in ("?", "...") or _MASKED.fullmatch(bare) or is_validation(bare):
        return None
    return at, end


def _bare(text: str, at: int, name: str, is_colon: bool) -> tuple[int, int] | None:
    lower = name.lower()
    if lower.endswith("authorization"):
        return _header(text, at, _AUTHORIZATION)
    if lower.endswith(("cookie", "cookies")):
        # Without a pair behind it, it is a word about cookies.
        found = _COOKIES.match(text, at)
        return _header(text, at, _COOKIES) if found and "=" in found.group()[:4096] else None
    found = _BARE.match(text, at)
    if not found:
        return None
    value = found.group()
    if _CALL.match(value) or _is_word(value, lower):
        return None
    rest = text[at : at + 160]
    # `cvv=314` is one, `token: 401` is an answer.
    if is_prose(rest) and not (
        value.isdigit() and lower.rpartition("_")[2] in ("cvv", "cvc", "cvv2", "pin", "otp", "csc")
    ):
        return None
    return at, _with_rest(text, at, found.end(), name)


def _is_word(value: str, lower: str) -> bool:
    bare = value.rstrip(".,:;!?)")
    if not bare or bare.lower() == lower or _NOT_ONE.fullmatch(bare) or _MASKED.match(bare):
        return True
    return bare.startswith("/") and lower.endswith("pwd")


def _header(text: str, at: int, pattern: re.Pattern[str]) -> tuple[int, int] | None:
    found = pattern.match(text, at)
    if not found or _MASKED.match(found.group()) or (" " not in found.group() and is_prose(found.group())):
        return None
    words = found.group().split()
    if len(words) == 2 and is_prose(words[1]) and is_prose(words[0]):
        return None
    return found.span()


def _with_rest(text: str, at: int, end: int, name: str) -> int:
    """Return the end of a bare value that goes on over blanks, as passphrases and connection strings have them."""
    rest = _REST.match(text, end)
    if not rest or not rest.group().strip() or name.isupper():
        return end
    stop, words = rest.end(), rest.group().split()
    if text.startswith(";", stop) and "=" in text[max(0, at - 256) : at - len(name) - 1]:
        return stop
    more = end
    for count, word in enumerate(words):
        if _OTHER_PAIR.match(word):
            break
        if count > 4 or goes_on(word) or word[0] in "-/\\#@$|+" or word.isdigit():
            return end
        more = text.index(word, more) + len(word)
    return more
