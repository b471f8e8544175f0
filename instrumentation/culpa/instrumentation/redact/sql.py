"""Take the literals out of SQL and keep its shape: `where id = ?`.

Other query languages keep their command.
"""

import re

from culpa.instrumentation.patterns import late_pattern
from culpa.instrumentation.redact.limit import cut
from culpa.instrumentation.redact.mask import REDACTED
from culpa.instrumentation.redact.wordlist import words_in

_VERBS = late_pattern(
    r"[\s(]*+(?:select|insert|update|delete|with|create|alter|drop|truncate|begin|start|commit"
    r"|rollback|savepoint"
    r"|release|show|call|exec|execute|merge|replace|explain|analyze|vacuum|grant|revoke|declare|fetch"
    r"|close|copy"
    r"|values|lock|prepare|deallocate|use|pragma|describe|set\s++(?:session|local|global|transaction|password"
    r"|@?[\w.]++\s*+(?:=|to\b)))(?!\w)",
    re.IGNORECASE,
)
# One pass over the text: what must be kept whole comes first, so that a digit inside a name is never a
# literal.
_TOKEN = late_pattern(
    r"""
      (?P<comment>/\*(?!\+) | --)
    | (?P<dollar>\$(?:[A-Za-z_]\w{0,62}+)?\$)
    | (?P<keep>\$\d++ | [:@%]\(?+[A-Za-z_]\w*+\)?+ | `[^`]*+(?:`|\Z) | \[[A-Za-z_][\w ]{0,128}+\] )
    | (?P<text>(?:\b[EBXNUebxnu]&?+)?+'(?:[^'\\]|''|\\.)*(?:'|\\?\Z))
    | (?P<double>"(?:[^"\\]|""|\\.)*(?:"|\\?\Z))
    | (?P<word>[^\W\d]\w*+)
    | (?P<number>\d{1,32}+(?:\.\d{0,32}+)?+[eE][+-]\d{1,8}+ | \d[\w.]*+)
    """,
    re.VERBOSE | re.DOTALL,
)
_NAME = late_pattern(r'"[A-Za-z_][\w$ .-]{0,127}"\Z')
_COMPARED = ("=", "<", ">", "like", "regexp")
_IN_LIST = late_pattern(r"\bin\s{0,8}\Z", re.IGNORECASE)
_VALUES = late_pattern(r"\bvalues?\s*+\(", re.IGNORECASE)
_AFTER_VALUES = late_pattern(r"\b(?:on\s{1,8}(?:conflict|duplicate)|returning|as\s)\b", re.IGNORECASE)
_JSON_VALUE = late_pattern(
    r'(:\s*+)("(?:[^"\\]++|\\.)*+"|-?+\d[\d.eE+-]*+|true|false|null)(?=\s{0,64}+[,}\]])', re.DOTALL
)
# Words of SQL that may stand right in front of a text; behind others, a quote is an apostrophe (`can't`).
KEYWORDS = words_in(
    "select like ilike in and or not values then else when by interval date time timestamp as concat is between"
    " where set"
    " return returns from on using escape default call limit case with similar to e n b x u"
)
_WORD = late_pattern(r"\w{1,24}+")
_BOUND = late_pattern(r"(?:=|<>|!=|<=?|>=?|\blike\s|\bilike\s)\s{0,64}+(?![\"`\[?\s])", re.IGNORECASE)
_AFTER_BOUND = late_pattern(
    r"\s(?:and|or|limit|order|group|returning|where|for)\b|,\s{0,8}[\"`\[]|\s{0,64}+\Z", re.IGNORECASE
)
_BOUND_LIST = late_pattern(r"(\bin\s*+)\((?!\s*+select\b)[^()]*+(?:\)|\Z)", re.IGNORECASE)


def redact_sql(text: str) -> str:
    """Replace the literals of a SQL text, whole or cut, with `?` and drop its comments.

    A double-quoted text is an identifier, except where it can only be a value (MySQL): behind a
    comparison, in VALUES or IN lists, or when it does not look like a name.
    """
    if text.startswith("..."):
        text = _drop_cut_head(text)
    rows = _VALUES.search(text)
    behind = _AFTER_VALUES.search(text, rows.end()) if rows else None
    first, last = rows.start() if rows else len(text), behind.start() if behind else len(text)
    parts: list[str] = []
    at = done = 0
    while match := _TOKEN.search(text, at):
        at = match.end()
        if match.lastgroup in ("word", "keep"):
            continue
        at, plain = _end_of(match), _replace(match, first <= match.start() < last)
        parts += (text[done : match.start()], plain)
        done = at
    parts.append(text[done:])
    return "".join(parts).strip()


def redact_query(text: str) -> str:
    """Redact the text of a query in whatever language: SQL, a JSON command (MongoDB), or words (Redis)."""
    text = cut(text)
    if _VERBS.match(text):
        return redact_sql(text)
    stripped = text.lstrip()
    if stripped.startswith(("{", "[")):
        return _JSON_VALUE.sub(r"\1?", text)
    # A lone `?` stands where a literal was before.
    if "'" in text or '"' in text or "=" in text or " ?" in text or "(?" in text:
        return redact_sql(text)
    return "\n".join(_redact_words(line) for line in stripped.splitlines()) if stripped else text


def redact_bound_sql(text: str) -> str:
    """Redact SQL into which a framework wrote the parameters without quotes (Laravel)."""
    found = _VALUES.search(text)
    if found and text.rfind(")") >= found.end():
        text = f"{text[: found.end()]}?{text[text.rfind(')') :]}"
    text = _without_bound(text)
    text = _BOUND_LIST.sub(r"\1(?)", text)
    return redact_sql(text)


def _end_of(match: re.Match[str]) -> int:
    """Return where the token ends; comments and texts between `$tag$` end where their mark comes again."""
    if match.lastgroup not in ("comment", "dollar"):
        return match.end()
    token, text = match.group(), match.string
    closing = {"/*": "*/", "--": "\n"}.get(token, token)
    end = text.find(closing, match.end())
    if end < 0:
        return len(text)
    return end if closing == "\n" else end + len(closing)


def _replace(match: re.Match[str], in_values: bool) -> str:
    kind, token = match.lastgroup, match.group()
    if kind == "comment":
        return ""
    if kind == "double":
        before = match.string[max(0, match.start() - 200) : match.start()].rstrip().lower()
        after = match.string[match.end() : match.end() + 1]
        is_value = in_values or (after != "." and (before.endswith(_COMPARED) or _is_in_list(before)))
        return "?" if is_value or not _NAME.match(token) else token
    return "?"


def _without_bound(text: str) -> str:
    done: list[str] = []
    last = 0
    while compared := _BOUND.search(text, last):
        behind = _AFTER_BOUND.search(text, compared.end())
        done += (text[last : compared.end()], "?")
        last = behind.start() if behind else len(text)
    done.append(text[last:])
    return "".join(done)


def is_contraction(text: str, at: int) -> bool:
    """Tell whether the quote at `at` is an apostrophe of prose: `can't`, `the server's`."""
    found = _WORD.match(text[max(0, at - 24) : at][::-1])
    word = found.group()[::-1] if found else ""
    return bool(word) and word[0] != "_" and word.lower() not in KEYWORDS and not word.isdigit()


def _is_in_list(before: str) -> bool:
    """Tell whether the last open bracket is that of an IN list."""
    bracket = before.rfind("(")
    return bracket > before.rfind(")") and _IN_LIST.search(before[:bracket]) is not None


def _drop_cut_head(text: str) -> str:
    """Drop what may be the end of a literal or comment (`LINE 1: ...smith' and …`)."""
    body = text[3:]
    end = body.find("*/")
    if end >= 0 and "/*" not in body[:end]:
        body = body[end + 2 :]
    if body.count("'") % 2:
        body = "?" + body[body.index("'") + 1 :]
    return "..." + body


def _redact_words(line: str) -> str:
    """Keep the command and its key (`GET user:?`), for the object of a failure; the rest may be data."""
    words = line.split()
    if len(words) < 2:
        return line
    if words[0].lower() in ("auth", "hello"):
        return f"{words[0]} {REDACTED}"
    key = re.sub(r"\d+", "?", words[1])
    return " ".join([words[0], key] + (["?"] * min(len(words) - 2, 8)))
