"""Take the literals out of SQL that stands within other words: `error in query: select … where a = 'x': timeout`."""

import re
from bisect import bisect_left

from culpa.instrumentation.patterns import late_pattern
from culpa.instrumentation.redact.sql import is_contraction

_START = late_pattern(
    r"(?i)(?<![\w.$@/-])(?:select|insert\s{1,4}+(?:ignore\s{1,4}+)?into|update|delete\s{1,4}+from|replace\s{1,4}+into"
    r"|merge\s{1,4}+into|with|call|exec(?:ute)?|values|where|(?:create|alter)\s{1,4}+(?:role|user|login)|set\s{1,4}+password)(?![\w.:=-])"
)
_FROM = late_pattern(r"(?i)\bfrom\b")
_SET = late_pattern(r"(?i)\bset\b")
_NAME = r"(?:[\w$#@]++|\"[^\"\n]{1,128}\"|`[^`\n]{1,128}`|\[[\w ]{1,128}\]|%s|\?)"
_TABLE = rf"(?:(?:only\s{{1,3}})?{_NAME}(?:\.{_NAME}){{0,3}})"
_NEXT = (
    r"(?:where|join|left|right|inner|outer|cross|natural|full|order|group|having|limit|union|for|on|using|set|values"
    r"|default|select|returning|as|when|partition|tablesample|offset|fetch|with|window|except|intersect|force|use|allow"
    r"|prewhere|final|lateral|and)\b"
)
_AFTER_FROM = late_pattern(
    rf"(?i)\s{{1,200}}+(?:\(|{_TABLE}(?:\s{{1,200}}+(?:as\s{{1,3}})?(?!{_NEXT}){_NAME})?\s{{0,200}}+(?:{_NEXT}|[,;:)\]}}\"'`(]|\Z|\n))"
)
_UPPER_TABLE = late_pattern(rf"\s{{1,200}}+(?:\(|{_TABLE})")
_UPDATED = late_pattern(
    rf"(?i)\s{{1,200}}+{_TABLE}(?:\s{{1,200}}+(?:as\s{{1,3}})?{_NAME}){{0,2}}?\s{{1,200}}+set\s{{1,200}}+{_TABLE}\s{{0,200}}+="
)
_INTO = late_pattern(
    rf"(?i)\s{{1,200}}+{_TABLE}\s{{0,200}}+(?:\(|values|select|set|default|as\b|using|{_NAME}\s{{1,200}}+using)"
)
_DELETED = late_pattern(rf"(?i)\s{{1,200}}+{_TABLE}\s{{0,200}}+(?:where|using|limit|;|\Z|\n|[\"'`)\]])")
# Prose goes on with a small word: `exec of '/srv/a.cgi' failed`, `call to 'x'`.
_CALLED = late_pattern(
    r"(?i)\s{1,200}+(?!(?:of|to|in|for|on|from|with|by|at|as|and|or|the|a)\b)[\w.$\"`\[\]]{1,200}+\s{0,8}+[(@']"
)
# Of a prepared statement; in capitals, as prose does the same: `execute query using 'pool-1'`.
_EXECUTED = late_pattern(r"\s{1,8}+[\w.$]{1,128}+\s{1,8}+USING\s")
_COMPARED = late_pattern(r"(?i)\s{1,8}+[\w.\"`\[\]]{1,128}+\s{0,8}+(?:=|<|>|!=|like\b|ilike\b|in\s{0,8}\()")
# What lower-case prose (`select timed out after 30 s from the pool`) does not look like.
_LISTED = late_pattern(
    r"(?i)\s{1,200}+(?:distinct\s{1,8}+|all\s{1,8}+)?+[^\s,(]{1,200}+\s{0,200}+(?:[,(*+|=<>/-]|as\b|from\b|[\w\"`]{1,128}\s{0,200}(?:,|from\b))"
)
_CTE = late_pattern(
    rf"(?i)\s{{1,200}}+(?:recursive\s{{1,3}})?{_NAME}\s{{0,200}}+(?:\([^()\n]{{0,200}}\)\s{{0,8}})?as\s{{1,8}}(?:not\s|materialized\s){{0,2}}\("
)
_ROLE = late_pattern(r"\s{1,8}+[\w\"'`@%.-]{1,200}")
_LITERAL_NEXT = late_pattern(r"\s{1,8}+(?:'|\d|\$\$|[A-Za-z_]{1,64}\()")
# Where a statement ends outside of its literals, and what must not be taken for one.
_TOKEN = late_pattern(
    r"""
      (?P<end>:\s|;|\s-\s(?=[A-Z])
        | \n\s{0,64}+(?:at\s|File\s|Traceback|\[|\^|[A-Z][A-Za-z]{2,20}:\s|Caused\s|\#\d|\(Background|\n))
    | (?P<comment>/\*(?!\+)(?:[^*]++|\*(?!/))*+(?:\*/)?+ | --[^\n]*+)
    | (?P<keep>\$\d++ | ::?[A-Za-z_]\w*+ | @\w++ | %\(\w{1,64}+\)s | %s | `[^`\n]*+`? )
    | (?P<dollar>\$\w{0,64}+\$)
    | (?P<text>(?<![^\W\d_])[EBXNUebxnu]&?+'|')
    | (?P<double>")
    | (?P<word>[^\W\d]\w*+)
    | (?P<number>0[xX][0-9a-fA-F]++ | (?:\d++\.?+\d*+|\.\d++)(?:[eE][+-]?+\d++)?+)
    | (?P<open>[(\[{]) | (?P<close>[)\]}])
    | (?P<other>[^\s\w:;'"`$%@/()\[\]{}.-]++|\s|.)
    """,
    re.VERBOSE,
)
_TEXT = late_pattern(r"(?:[^'\\\n]++|''|\\(?:[^\n]|\Z))*+")
_DOUBLE = late_pattern(r"(?:[^\"\\\n]++|\"\"|\\(?:[^\n]|\Z))*+")
_IDENTIFIER = late_pattern(r"[A-Za-z_][\w$ .-]{0,127}")
_ENDS = late_pattern(r"\s{0,8}+(?:[,);:\]}.]|\n|\Z)|\s{1,8}+[a-z]")
_COMPARES = ("=", "<", ">", "(", ",")
_VERBS = (
    *(
        "select",
        "insert ",
        "update",
        "delete ",
        "replace ",
        "merge ",
        "values (",
        "values(",
        "call ",
        "exec ",
        "execute ",
    ),
    *(" as (", "where "),
    *("create role", "create user", "create login", "alter ", "set password"),
)
#: Without a literal, or rather its quote or a comparison, there is nothing to take out.
SENTENCE_GATES = (
    (("'", '"', "$", "="), _VERBS),
    (("(",), ("values (", "values(", "call ")),
    ((" using ",), ("execute ",)),
)


def redact_sentences(text: str) -> str:
    """Replace the literals of the statements in a text by `?`; words around a statement stay as they are."""
    done: list[str] = []
    last = at = 0
    froms: list[int] | None = None
    while found := _START.search(text, at):
        at = found.end()
        if froms is None:
            froms = [each.start() for each in _FROM.finditer(text)]
        if _is_statement(text, found, froms):
            plain, end = _without_literals(text, found.start())
            done += (text[last : found.start()], plain)
            last = at = max(end, at)
    if not done:
        return text
    done.append(text[last:])
    return "".join(done)


def begins_sentence(text: str, at: int) -> bool:
    """Tell whether a statement whose end is known begins at `at`."""
    found = _START.match(text, at)
    return found is not None and _is_statement(text, found, [each.start() for each in _FROM.finditer(text, at)])


def _is_statement(text: str, found: re.Match[str], froms: list[int]) -> bool:
    verb = found.group()
    kind, at = verb.split()[0].lower(), found.end()
    if kind == "select":
        return _is_select(text, at, froms, verb.isupper())
    if kind == "update":
        return _UPDATED.match(text, at) is not None
    if kind in ("insert", "replace", "merge"):
        return _INTO.match(text, at) is not None
    if kind == "delete":
        return (_UPPER_TABLE if verb.isupper() else _DELETED).match(text, at) is not None
    if kind == "with":
        return _CTE.match(text, at) is not None
    if kind in ("create", "alter", "set"):
        return _ROLE.match(text, at) is not None
    if kind == "values":
        return verb.isupper() and text[at : at + 3].lstrip().startswith("(")
    if verb == "EXECUTE" and _EXECUTED.match(text, at):
        return True
    return (_COMPARED if kind == "where" else _CALLED).match(text, at) is not None


def _is_select(text: str, at: int, froms: list[int], is_upper: bool) -> bool:
    if is_upper and _LITERAL_NEXT.match(text, at):
        return True
    place = bisect_left(froms, at)
    if place == len(froms) or froms[place] - at > 8000:
        return False
    if is_upper and text[froms[place] : froms[place] + 4].isupper():
        return _UPPER_TABLE.match(text, froms[place] + 4) is not None
    if not is_upper and not _LISTED.match(text, at):
        return False
    # The first `from` may be inside of a function: `extract(epoch from t)`.
    return any(_AFTER_FROM.match(text, each + 4) for each in froms[place : place + 3])


def _without_literals(text: str, start: int) -> tuple[str, int]:
    """Return the statement that starts there with `?` for its literals, and where it ends."""
    opener = text[start - 1] if start else ""
    parts: list[str] = []
    depth, at, word, before = 0, start, "", ""
    is_named = False
    while at < len(text):
        token = _TOKEN.match(text, at)
        if not token:
            break
        kind, sign = token.lastgroup, token.group()
        if kind == "end" and not (sign == ";" and depth):
            break
        if kind == "close":
            if not depth:
                break
            depth -= 1
        elif kind == "open":
            depth += 1
        if (
            kind in ("text", "double")
            and sign[-1] == opener
            and not is_named
            and not depth
            and _ENDS.match(text, token.end())
        ):
            break
        at, plain = _plain(text, token, before, word, depth, opener)
        if kind == "double" and opener == '"':
            plain, at = sign, token.end()
            is_named = not is_named
        parts.append(plain)
        word = sign if kind == "word" else "" if kind != "other" or not sign.isspace() else word
        if kind not in ("comment",) and sign.strip():
            before = sign
    return "".join(parts), at


def _plain(text: str, token: re.Match[str], before: str, word: str, depth: int, opener: str) -> tuple[int, str]:
    """Return where the reading goes on and what stands there instead of the token."""
    kind, at = token.lastgroup, token.end()
    if kind == "number":
        return at, "?"
    if kind == "comment":
        return at, ""
    if kind == "dollar":
        if token.group()[1:2].isdigit():
            return at, token.group()
        end = text.find(token.group(), at)
        return (end + len(token.group()) if end >= 0 else len(text)), "?"
    if kind == "text":
        return _past_text(text, token)
    if kind == "double" and opener != '"':
        body = _DOUBLE.match(text, at)
        end = body.end() if body else at
        is_value = before[-1:] in _COMPARES or before.lower() in ("like", "ilike", "regexp")
        is_name = _IDENTIFIER.fullmatch(text, at, end) and not (is_value and not text.startswith(".", end + 1))
        end += text.startswith('"', end)
        return end, text[token.start() : end] if is_name else "?"
    return at, token.group()


def _past_text(text: str, token: re.Match[str]) -> tuple[int, str]:
    if is_contraction(text, token.end() - 1):
        return token.end(), token.group()
    body = _TEXT.match(text, token.end())
    end = body.end() if body else token.end()
    if text.startswith("\n", end):
        # Over lines only if it ends before the next blank one.
        close = text.find("'", end, end + 1000)
        if close >= 0 and text.find("\n\n", end, close) < 0:
            end = close
    if not (text.startswith("'", end) or any(map(str.isalnum, text[token.end() : end]))):
        # It ends something that began before the statement, and hides nothing.
        return token.end(), token.group()
    return end + text.startswith("'", end), "?"
