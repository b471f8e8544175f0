"""Take data out of the database texts that end up in messages: statements, parameters, rows, keys."""

import re

from culpa.instrumentation.patterns import late_pattern
from culpa.instrumentation.redact.gate import Gates
from culpa.instrumentation.redact.mask import REDACTED
from culpa.instrumentation.redact.sentence import begins_sentence, redact_sentences
from culpa.instrumentation.redact.spot import Spot, apply
from culpa.instrumentation.redact.sql import redact_bound_sql, redact_sql
from culpa.instrumentation.redact.value import end_of_bracketed

_LINE_END = late_pattern(r"\n")
_VERB = late_pattern(r"[\s(]{0,64}+((?i:select|insert|update|delete|with|merge|call|copy|create|alter|set)\b)")
_PARAMETERS = "[parameters: "


def _logged(statement: str) -> str:
    verb = _VERB.match(statement)
    if not verb:
        return statement
    # Decided by what masks leave as it is: twice must be the same as once, also of a text that was cut.
    if begins_sentence(statement, verb.start(1)):
        return redact_sentences(statement)
    return redact_sql(statement) + statement[len(statement.rstrip()) :]


def _bound(statement: str) -> str:
    closing = statement.rstrip()
    end = len(closing) - 1 if closing.endswith(")") else len(closing)
    return redact_bound_sql(statement[:end]) + statement[end:]


def _token(quoted: str) -> str:
    """SQLite quotes the token that it stumbled over; a name or keyword stays."""
    return quoted if re.fullmatch(r"[A-Za-z_(),;.*=<>]{1,24}", quoted) else "?"


_SPOTS = (
    # SQLAlchemy
    Spot(
        "[",
        ("[sql: ",),
        late_pattern(r"\[SQL: "),
        late_pattern(r"\](?=\s{0,64}+(?:\n|\Z|\(Background|\[parameters))"),
        redact_sql,
    ),
    Spot(
        "[",
        ("[generated in", "[cached since", "[no key", "[raw sql", "[dialect"),
        late_pattern(r"\[(?:generated in|cached since|no key|raw sql|dialect)[^\]\n]{0,120}+\] "),
        _LINE_END,
        "?",
    ),
    # Laravel
    Spot(":", ("sql: ",), late_pattern(r"(?:\(|, )SQL: "), _LINE_END, _bound),
    # PostgreSQL and MySQL quote a part of the statement, SQLite a word
    Spot(":", ("line ",), late_pattern(r"\bLINE \d{1,9}: "), _LINE_END, redact_sql),
    Spot("'", ("near '",), late_pattern(r"\bnear '"), late_pattern(r"' at line \d|\n"), redact_sql),
    Spot('"', ('near "',), late_pattern(r'\bnear "'), late_pattern(r'": syntax error|\n'), _token),
    # the servers' own logs
    Spot(
        ":",
        ("statement: ", "query: ", "execute ", "parse ", "bind "),
        late_pattern(r"\b(?i:statement|query|(?:execute|parse|bind) [^:\s]{1,64}+):\s{1,64}+"),
        late_pattern(r"\n\n"),
        _logged,
    ),
    Spot("$", ("parameters: ",), late_pattern(r"\b[Pp]arameters: (?=\$\d)"), _LINE_END, REDACTED),
    Spot(
        "$",
        ("portal ",),
        late_pattern(r"\b(?:unnamed portal|portal \"[^\"\n]{0,64}\") parameter \$\d{1,5} = "),
        _LINE_END,
        f"'{REDACTED}'",
    ),
    Spot(
        '"',
        ("copy ",),
        late_pattern(r"\bCOPY [^\s,]{1,128}+, line \d{1,18}(?:, column [^:\n]{1,128}+)?: \""),
        _LINE_END,
        REDACTED,
        '"',
    ),
    # values of rows in errors
    Spot(
        "(",
        ("key (",),
        late_pattern(r"(?i)\bkey \([^\n=]{1,128}+=(?<=\)=)\("),
        late_pattern(r"\)(?=\s{1,8}(?:already|is |conflicts|exists|still)|[.,]|\s{0,8}(?:\n|\Z))|\n"),
        REDACTED,
    ),
    Spot(
        "(",
        ("failing row",),
        late_pattern(r"\bFailing row contains \("),
        late_pattern(r"\)\.?(?=\s{0,8}(?:\n|\Z))|\)\.(?=\s[A-Z])|\n\n|\n(?=[A-Z]{3,20}: |\s{1,8}(?:at|File) )"),
        REDACTED,
    ),
    Spot(
        "'", ("duplicate entry",), late_pattern(r"\bDuplicate entry '"), late_pattern(r"'(?= for key\b)|\n"), REDACTED
    ),
    Spot(
        "'",
        (" value: '", " value '"),
        late_pattern(
            r"\b(?:(?:[Ii]ncorrect|Invalid|Out of range) (?:[\w-]{1,16} ){0,2}value: "
            r"|(?:varchar|char|text|nvarchar|string|date)"
            r" value )'"
        ),
        late_pattern(r"'(?= for | to | at |\s{0,8}(?:\n|\Z))|\n"),
        REDACTED,
    ),
    Spot(
        '"',
        ("invalid input", "out of range", "malformed "),
        late_pattern(
            r"\b(?:invalid input (?:syntax for (?:type )?[\w ]{1,40}|value for enum [\w.\"]{1,64})"
            r"|field value out of range|malformed (?:array|record|range|hstore) literal): \""
        ),
        _LINE_END,
        REDACTED,
        '"',
    ),
    Spot(
        "(",
        ("key value is (",),
        late_pattern(r"(?i)\bduplicate key value is \("),
        late_pattern(r"\)(?=\.|\s{0,8}(?:\n|\Z))|\n"),
        REDACTED,
    ),
    # In capitals: rows, spans and users are `identified by 'x'` in prose.
    *(
        Spot(
            quote,
            ("identified ",),
            late_pattern(
                r"\bIDENTIFIED\s{1,8}+(?:(?:WITH|VIA)\s{1,8}+[\w'\"`]{1,64}+\s{1,8}+)?+(?:BY|AS|USING)\s{1,8}+"
                rf"(?:PASSWORD\s{{1,8}}+)?+{quote}"
            ),
            late_pattern(rf"{quote}|\n"),
            REDACTED,
        )
        for quote in ("'", '"')
    ),
    # pydantic shows what it refused
    Spot("=", ("input_value=",), late_pattern(r"\binput_value="), late_pattern(r", input_type=|\]|\n"), REDACTED),
    Spot("'", ("'input': ",), late_pattern(r"(?<!\w)'input': "), late_pattern(r", 'ctx': |, 'url': |\}|\n"), REDACTED),
    Spot("{", ("dup key: {",), late_pattern(r"\bdup key: \{"), _LINE_END, REDACTED, "}"),
)


def _gates() -> Gates:
    words: dict[str, list[str]] = {"[": [_PARAMETERS], "*": ["/*"]}
    for spot in _SPOTS:
        words.setdefault(spot.sign, []).extend(spot.words)
    return tuple(((sign,), tuple(of_sign)) for sign, of_sign in words.items())


#: Without one of these no spot is there.
STATEMENT_GATES = _gates()
#: What `redact_statements` could change matches this (RE2 and `re` alike).
STATEMENT_TRIGGER = (
    r"/\*|\bLINE \d|(?i:sql: |near ['\"]|parameters: |portal |copy |failing row|duplicate entry|key \(|key value is \("
    r"|invalid input|out of range|malformed |dup key: |input_value=|'input': |value:? '"
    r"|\[(?:generated in|cached since|no key|raw sql|dialect)|(?:statement|query|(?:execute|parse|bind) [^:\s]*):\s"
    r"|select\s|where\s|into\s|\sset\s|delete\s+from|values?\s*\(|\sas\s*\("
    r"|(?:call|exec|execute)\s+[\w.$\"`\[\]]+\s*[(@']|(?:create|alter)\s+(?:role|user|login)"
    r"|set\s+password|execute\s+[\w.$]+\s+using\s|identified\s)"
)


def redact_statements(text: str) -> str:
    """Redact SQL literals, bound parameters and row values in a text; names and codes survive."""
    lower = text.lower()
    if "/*" in lower:
        text = _without_traces(text)
    if _PARAMETERS in lower:
        text = _without_parameters(text)
    return apply(_SPOTS, text, lower)


def _without_traces(text: str) -> str:
    """Take out what sqlcommenter writes into a statement; a trace context would make each message unique."""
    done: list[str] = []
    last = 0
    while (at := text.find("/*", last)) >= 0:
        line = text.find("\n", at)
        end = text.find("*/", at + 2, line if line >= 0 else len(text))
        end = end + 2 if end >= 0 else line if line >= 0 else len(text)
        comment = text[at:end]
        if "='" in comment or "=%27" in comment:
            done.append(text[last:at].rstrip(" \t"))
        else:
            done.append(text[last:end])
        last = end
    done.append(text[last:])
    return "".join(done)


def _without_parameters(text: str) -> str:
    """Take SQLAlchemy's list of parameters out; what it holds may hold brackets and line feeds."""
    done: list[str] = []
    last = 0
    while (at := text.find(_PARAMETERS, last)) >= 0:
        done += (text[last:at], f"{_PARAMETERS}?]")
        last = end_of_bracketed(text, at)
    done.append(text[last:])
    return "".join(done)
