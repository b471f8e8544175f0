"""Take data out of the database texts that end up in messages: statements, parameters, rows, keys."""

import re
from collections.abc import Callable
from typing import NamedTuple

from culpa.instrumentation.redact.mask import REDACTED
from culpa.instrumentation.redact.sql import redact_bound_sql, redact_sql


class Rule(NamedTuple):
    """One shape of text: where the lower-cased text holds one of the needles, the pattern is replaced."""

    needles: tuple[str, ...]
    pattern: re.Pattern[str]
    replacement: str | Callable[[re.Match[str]], str]


def needles_of(rules: tuple[Rule, ...]) -> tuple[str, ...]:
    """Return what to look for to know whether any of the rules may apply, each word once."""
    return tuple(dict.fromkeys(needle for rule in rules for needle in rule.needles))


def holds_one(needles: tuple[str, ...], lower: str) -> bool:
    """Tell whether a lower-cased text holds one of the needles; a loop, as any() costs four times as much."""
    for needle in needles:  # noqa: SIM110
        if needle in lower:
            return True
    return False


def apply(rules: tuple[Rule, ...], text: str) -> str:
    """Apply the rules in order; a plain search for the needles spares most patterns."""
    lower = text.lower()
    for rule in rules:
        if holds_one(rule.needles, lower):
            text = rule.pattern.sub(rule.replacement, text)
    return text


def _between(match: re.Match[str]) -> str:
    """Redact the SQL in the second group, keep what surrounds it."""
    return match[1] + redact_sql(match[2]) + (match[3] if len(match.groups()) > 2 else "")


def _bound(match: re.Match[str]) -> str:
    return match[1] + redact_bound_sql(match[2]) + match[3]


_RULES = (
    # Written by sqlcommenter into the statement; a trace context in a message would make each message unique.
    Rule(("/*",), re.compile(r"[ \t]*/\*(?:(?!\*/)[^\n])*?=(?:'|%27)(?:(?!\*/)[^\n])*(?:\*/|$)", re.M), ""),
    # A whole statement as the text.
    Rule(
        ("select", "insert", "update", "delete", "replace"),
        re.compile(
            r"(?is)\A(\s*)((?:select\b.{1,20000}?\bfrom\b|insert\s+into\b|update\b.{1,2000}?\bset\b"
            r"|delete\s+from\b|replace\s+into\b).*)"
        ),
        _between,
    ),
    # A statement as the message of an error, inside a stack trace or log line.
    Rule(
        (": select", ": insert", ": update", ": delete", ": replace"),
        re.compile(
            r"(?im)^([\w.$\\:]+: )((?:select\b[^\n]{1,2000}?\bfrom\b|insert\s+into\b"
            r"|update\b[^\n]{1,2000}?\bset\b"
            r"|delete\s+from\b|replace\s+into\b)[^\n]*)"
        ),
        _between,
    ),
    # SQLAlchemy
    Rule(
        ("[parameters: ",),
        re.compile(r"\[parameters: .*?\](?=\s*(?:\n|\Z|\(Background))|\[parameters: [^\n]*", re.S),
        "[parameters: ?]",
    ),
    Rule(
        ("[sql: ",),
        re.compile(r"(\[SQL: )(.*?)(\](?=\s*(?:\n|\Z|\(Background|\[parameters))|\Z)", re.S),
        _between,
    ),
    Rule(
        ("[generated in", "[cached since", "[no key", "[raw sql", "[dialect"),
        re.compile(r"(\[(?:generated in|cached since|no key|raw sql|dialect)[^\]\n]{0,120}\] )[^\n]+"),
        r"\1?",
    ),
    # Laravel
    Rule(
        (", sql: ",),
        re.compile(r"(\(Connection: [^\n]{0,200}?, SQL: )(.*?)(\)?)(?=\s*(?:\n|\Z))", re.S),
        _bound,
    ),
    # PostgreSQL and MySQL quote a part of the statement
    Rule(("line ",), re.compile(r"(\bLINE \d+: )([^\n]*)"), _between),
    Rule(("near '",), re.compile(r"(\bnear ')(.{0,300}?)(' at line \d)", re.S), _between),
    # the servers' own logs
    Rule(
        ("statement: ", "query: ", "execute ", "parse ", "bind "),
        re.compile(
            r"(\b(?i:statement|query|execute [^:\s]{1,64}|parse [^:\s]{1,64}|bind [^:\s]{1,64}):\s+)"
            r"(?=[\s(]*(?i:select|insert|update|delete|with|merge|call|copy|create|alter)\b)(.*)",
            re.S,
        ),
        _between,
    ),
    Rule(("parameters: ",), re.compile(r"(\b(?:DETAIL|CONTEXT):\s+[Pp]arameters: )[^\n]+"), rf"\1{REDACTED}"),
    Rule(
        ("portal ",),
        re.compile(r"(\b(?:unnamed portal|portal \"[^\"\n]{0,64}\") parameter \$\d+ = )'[^\n]*'"),
        rf"\1'{REDACTED}'",
    ),
    # values of rows in errors
    Rule(
        ("key (",),
        re.compile(
            r"(\bkey \([^\n]{1,300}?\)=)\((?!\[redacted).*?\)(?=\s+(?:already|is |conflicts|exists)"
            r"|[.,]|\s*$)",
            re.I | re.M,
        ),
        rf"\1({REDACTED})",
    ),
    Rule(
        ("failing row",),
        re.compile(r"(\bFailing row contains )\(.{0,4000}?\)(?=\.?\s*(?:\n|\Z))", re.S),
        rf"\1({REDACTED})",
    ),
    Rule(
        ("duplicate entry",),
        re.compile(r"(\bDuplicate entry )'.{0,1000}?'(?= for key\b)", re.S),
        rf"\1'{REDACTED}'",
    ),
    Rule(
        (" value: '",),
        re.compile(r"(\b(?:[Ii]ncorrect|Invalid) [\w ]{1,24} value: )'[^\n]*?'(?= for | at |\s*$)", re.M),
        rf"\1'{REDACTED}'",
    ),
    Rule(
        ("invalid input",),
        re.compile(r"(\binvalid input (?:syntax for (?:type )?[\w ]{1,40}|value for enum \w{1,64}): )\"[^\n]*\""),
        rf'\1"{REDACTED}"',
    ),
    Rule(
        ("key value is (",),
        re.compile(r"(\bduplicate key value is )\((?!\[redacted).*?\)(?=\.|\s*$)", re.I | re.M),
        rf"\1({REDACTED})",
    ),
    # pydantic shows what it refused
    Rule(
        ("input_value=",),
        re.compile(r"(\binput_value=)(?!\[redacted).*?(?=, input_type=|\]|\n|\Z)"),
        rf"\1{REDACTED}",
    ),
    Rule(
        ("'input': ",),
        re.compile(r"(\{'type': [^\n]{1,400}?, 'input': )[^\n]+?(?=, 'ctx': |\}|$)", re.M),
        rf"\1{REDACTED}",
    ),
    Rule(("dup key: {",), re.compile(r"(\bdup key: )\{[^\n]*\}"), rf"\1{{{REDACTED}}}"),
)

#: What `redact_statements` could change matches this (RE2 and `re` alike).
STATEMENT_TRIGGER = (
    r"/\*|\[parameters: |\[SQL: |, SQL: |LINE \d|near '|(?i:statement: |query: |execute |parse |bind )"
    r"|\[(?:generated in|cached since|no key|raw sql|dialect)|(?i:key \(|key value is |failing row"
    r"|duplicate entry)"
    r"| value: '|invalid input|dup key|input_value=|'input': |arameters: |portal |(?i:(?:^\s*"
    r"|: )(?:select|insert|update|delete|replace)\s)"
)


#: Without one of these no rule applies.
STATEMENT_NEEDLES = needles_of(_RULES)


def redact_statements(text: str) -> str:
    """Redact SQL literals, bound parameters and row values in a text; names and codes survive."""
    return apply(_RULES, text)
