"""Take the literals out of SQL and keep its shape: `where id = ?`.

Other query languages keep their command.
"""

import re

from culpa.instrumentation.redact.mask import REDACTED

_VERBS = re.compile(
    r"[\s(]*(?:select|insert|update|delete|with|create|alter|drop|truncate|begin|start|commit"
    r"|rollback|savepoint"
    r"|release|show|call|exec|execute|merge|replace|explain|analyze|vacuum|grant|revoke|declare|fetch"
    r"|close|copy"
    r"|values|lock|prepare|deallocate|use|pragma|describe|set\s+(?:session|local|global|transaction"
    r"|@?[\w.]+\s*(?:=|to\b)))\b",
    re.IGNORECASE,
)
# One pass over the text: what must be kept whole comes first, so that a digit inside a name is never a
# literal.
_TOKEN = re.compile(
    r"""
      (?P<comment>/\*(?!\+).*?(?:\*/|\Z) | --[^\n]*)
    | (?P<keep>\$\d+ | [:@%]\(?[A-Za-z_]\w*\)?s? | `[^`]*` | \[[A-Za-z_][\w ]*\] )
    | (?P<dollar>\$(?P<tag>[A-Za-z_]\w*|)\$.*?(?:\$(?P=tag)\$|\Z))
    | (?P<text>(?:\b[EBXNUebxnu]&?)?'(?:[^'\\]|''|\\(?:.|\Z))*(?:'|\Z))
    | (?P<double>"(?:[^"\\]|""|\\(?:.|\Z))*(?:"|\Z))
    | (?P<word>[^\W\d]\w*)
    | (?P<number>0[xX][0-9a-fA-F]+ | (?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    """,
    re.VERBOSE | re.DOTALL,
)
_NAME = re.compile(r'"[A-Za-z_][\w$ .-]{0,127}"\Z')
_COMPARED = re.compile(r"(?:=|<|>|\blike|\bilike|\bregexp)\s*\Z", re.IGNORECASE)
_IN_LIST = re.compile(r"\bin\s*\([^()]*\Z", re.IGNORECASE)
_VALUES = re.compile(
    r"\bvalues?\s*\(.*?(?=\b(?:on\s+(?:conflict|duplicate)|returning|as\s)\b|\Z)", re.IGNORECASE | re.DOTALL
)
_JSON_VALUE = re.compile(r'(:\s*)("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)(?=\s*[,}\]])')


def redact_sql(text: str) -> str:
    """Replace the literals of a SQL text, whole or cut, with `?` and drop its comments.

    A double-quoted text is an identifier, except where it can only be a value (MySQL): behind a
    comparison, in VALUES or IN lists, or when it does not look like a name.
    """
    if text.startswith("..."):
        text = _drop_cut_head(text)
    rows = _VALUES.search(text)
    first, last = rows.span() if rows else (len(text), len(text))

    def replace(match: re.Match[str]) -> str:
        return _replace(match, first <= match.start() < last)

    return _TOKEN.sub(replace, text).strip()


def redact_query(text: str) -> str:
    """Redact the text of a query in whatever language: SQL, a JSON command (MongoDB), or words (Redis)."""
    if _VERBS.match(text):
        return redact_sql(text)
    stripped = text.lstrip()
    if stripped.startswith(("{", "[")):
        return _JSON_VALUE.sub(r"\1?", text)
    if "'" in text or '"' in text or "=" in text:
        return redact_sql(text)
    return "\n".join(_redact_words(line) for line in stripped.splitlines()) if stripped else text


def redact_bound_sql(text: str) -> str:
    """Redact SQL into which a framework wrote the parameters without quotes (Laravel)."""
    text = re.sub(r"(?is)(\bvalues\s*)\(.*\)", r"\1(?)", text)
    text = re.sub(
        r"(?is)((?:=|<>|!=|<=?|>=?|\blike|\bilike)\s*)(?![\"`\[?]).+?"
        r"(?=\s+(?:and|or|limit|order|group|returning|where|for)\b|,\s*[\"`\[]|\s*\Z)",
        r"\1?",
        text,
    )
    text = re.sub(r"(?is)(\bin\s*)\((?!\s*select\b)[^()]*\)", r"\1(?)", text)
    return redact_sql(text)


def _replace(match: re.Match[str], in_values: bool) -> str:
    kind = match.lastgroup
    if kind == "tag":
        kind = "dollar"
    token = match.group()
    if kind in ("keep", "word"):
        return token
    if kind == "comment":
        return ""
    if kind == "double":
        before = match.string[max(0, match.start() - 200) : match.start()]
        after = match.string[match.end() : match.end() + 1]
        is_value = in_values or (after != "." and (_COMPARED.search(before) or _IN_LIST.search(before)))
        return "?" if is_value or not _NAME.match(token) else token
    return "?"


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
