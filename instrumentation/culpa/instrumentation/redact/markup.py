"""Mask what forms and markup say apart from its name: `<password>x</password>`, multipart forms, name and value."""

import re

from culpa.instrumentation.patterns import late_pattern
from culpa.instrumentation.redact.mask import REDACTED
from culpa.instrumentation.redact.names import is_secret
from culpa.instrumentation.redact.prose import is_prose
from culpa.instrumentation.redact.value import is_kept, secret_span

_ELEMENT = late_pattern(r"<([\w.:-]++)((?:\s[^<>]*+)?+)>([^<>]++)(</)?+")
# Of an element that nothing closes: one word right behind it, and all of its line; a type in brackets is none.
# `<user>:<password>@host` says where one would stand.
_UNCLOSED = late_pattern(r"[\w!#$%&*+~][^\s]*+[^\S\n]*+(?:\n|\Z)")
_NAMED = late_pattern(r"(?:name|key|id)=[\"']([\w.:-]++)[\"']")
_FIELD = late_pattern(
    r"(?i)\b(?:name|key|field|header|variable)\\*+[\"']?\s{0,3}+[=:]\s{0,3}+\\*+[\"']?([\w.-]++)\\*+[\"']?[\s,;]{0,16}+"
    r"\\*+[\"']?value\\*+[\"']?\s{0,3}+[=:]\s{0,3}+"
)
_LINE = r"(?:\r?\n|\\r\\n|\\n)"
_PART = late_pattern(
    rf"(?i)\bname=\\*+\"([\w.\[\]-]++)\\*+\"[^\n\\\"]{{0,80}}+{_LINE}"
    rf"(?:[\w-]{{1,40}}+:[^\n\\]{{0,120}}+{_LINE}){{0,4}}+{_LINE}([^\r\n\\]++)"
)


def redact_markup(text: str) -> str:
    """Mask the text of XML elements whose name, or whose attribute `name`, is a secret's."""
    return _ELEMENT.sub(_element, text)


def redact_fields(text: str) -> str:
    """Mask values that stand beside their name (`name: DB_PASSWORD, value: x`) and parts of multipart forms."""
    return _named_values(_PART.sub(_part, text))


def _element(match: re.Match[str]) -> str:
    tag, attributes, value, closing = match.groups()
    is_type = match.start() > 0 and match.string[match.start() - 1].isalnum()
    if not closing and (is_type or not _UNCLOSED.match(value) or is_prose(value)):
        return match.group()
    named = _NAMED.search(attributes) if attributes else None
    if not (is_secret(tag.rpartition(":")[2]) or (named and is_secret(named[1]))):
        return match.group()
    if is_kept(value, tag):
        return match.group()
    rest = closing or value[value.index(word := value.split(maxsplit=1)[0]) + len(word) :]
    return f"<{tag}{attributes}>{REDACTED}{rest}"


def _part(match: re.Match[str]) -> str:
    if not is_secret(match[1].strip("[]")) or match[2] == REDACTED:
        return match.group()
    return match.group()[: match.start(2) - match.start()] + REDACTED


def _named_values(text: str) -> str:
    done: list[str] = []
    last = 0
    for found in _FIELD.finditer(text):
        span = secret_span(text, found.end(), found[1], is_colon=False) if is_secret(found[1]) else None
        if span and span[0] >= last and span[1] > span[0]:
            done += (text[last : span[0]], REDACTED)
            last = span[1]
    if not done:
        return text
    done.append(text[last:])
    return "".join(done)
