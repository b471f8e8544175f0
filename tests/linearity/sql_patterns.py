"""Every pattern of the program's SQL. DuckDB's engine is RE2, which is linear and refuses what it could not do so."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from culpa.knowledge import table, with_sayings

ROOT = Path(__file__).parents[2]
_CALL = re.compile(r"\b(?P<function>regexp_\w+)\(")
_LITERAL = re.compile(r"'((?:[^']|'')*)'")
#: Between literals; not inside one.
_JOINED = re.compile(r"\|\|(?=(?:[^']*'[^']*')*[^']*$)")
#: What DuckDB has besides its functions; none of them is used, so that all patterns are arguments of a call.
_OPERATOR = re.compile(r"(?<![!<>=~*])!?~{1,3}\*?(?![~*])|\bsimilar to\b|\bglob\b", re.IGNORECASE)


class _Told(NamedTuple):
    argument: str
    table: str
    column: str


#: Where the text of a statement is made with patterns of a table: what stands in the pattern's place, and which they are.
_FROM_TABLES = {"web_rules.py": _Told("{_text(what)}", "web_lines", "object")}


class InSql(NamedTuple):
    """A call of a function that takes a pattern: where, which, and the pattern (None if no literal)."""

    where: str
    function: str
    pattern: str | None


def sql_patterns(*, is_rendered: bool = True) -> Iterator[InSql]:
    """Yield the pattern of each call in each statement, also of those inside Python.

    Rendered, each `@says topic (…)@` is what it stands for, as the engine reads it: the catalogue's patterns.
    """
    for file in _files():
        text = _code(file, is_rendered)
        for call in _CALL.finditer(text):
            where = f"{file.relative_to(ROOT)}:{text.count(chr(10), 0, call.start()) + 1}"
            arguments = _arguments(text, call.end())
            argument = arguments[1].strip() if len(arguments) > 1 else ""
            for pattern in _from_table(file, argument) or [_pattern(argument)]:
                yield InSql(where, call["function"], pattern)


def _from_table(file: Path, argument: str) -> list[str]:
    """Return the patterns that a table has for a call whose text is made from it: of its column, all."""
    of = _FROM_TABLES.get(file.name)
    return [row[of.column] for row in table(of.table)] if of and argument == of.argument else []


def _pattern(argument: str) -> str | None:
    """Return a pattern of literals; a status between them is a number, whatever came from outside."""
    parts: list[str] = []
    for part in _JOINED.split(argument):
        literal = _LITERAL.fullmatch(part.strip())
        if not literal and not part.strip().endswith(".status"):
            return None
        parts.append(literal[1].replace("''", "'") if literal else "500")
    return "".join(parts)


def sql_operators() -> list[str]:
    """Return where an operator or predicate takes a pattern."""
    found: list[str] = []
    for file in _files():
        if file.suffix == ".sql":
            text = _LITERAL.sub(lambda told: "'" + re.sub(r"[^\n]", " ", told[1]) + "'", _code(file, is_rendered=True))
            found += [f"{file.relative_to(ROOT)}: {told[0]}" for told in _OPERATOR.finditer(text)]
    return found


def _files() -> list[Path]:
    return sorted(
        file
        for room in ("analysis", "collector", "instrumentation")
        for file in (ROOT / room / "culpa").rglob("*")
        if file.suffix in (".sql", ".py")
    )


def _code(file: Path, is_rendered: bool) -> str:
    """Return a file's text without its comments, line for line."""
    text = file.read_text("utf-8")
    if file.suffix != ".sql":
        return text
    code = re.sub(r"(?m)^\s*--[^\n]*|(?<=\s)--\s[^\n']*$", "", text)
    return "\n".join(with_sayings(line).replace("\n", " ") for line in code.split("\n")) if is_rendered else code


def _arguments(text: str, at: int) -> list[str]:
    """Return the arguments of a call whose bracket was opened before `at`."""
    found, start, depth, is_quoted = [], at, 0, False
    while at < len(text):
        letter = text[at]
        if letter == "'":
            is_quoted = not is_quoted
        elif not is_quoted and letter in "([{":
            depth += 1
        elif not is_quoted and letter in ")]}" and depth:
            depth -= 1
        elif not is_quoted and letter == "," and not depth:
            found.append(text[start:at])
            start = at + 1
        elif not is_quoted and letter == ")":
            break
        at += 1
    return [*found, text[start:at]]
