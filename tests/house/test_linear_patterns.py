"""Text from outside meets only patterns that cost no more than a constant per byte: all of them, in every language."""

from functools import cache

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from linearity.python_patterns import python_patterns
from linearity.script_patterns import php_patterns, ruby_patterns
from linearity.sql_patterns import InSql, sql_operators, sql_patterns
from linearity.written import Written

from culpa.collector.linear import finding
from culpa.knowledge import declared_formats, sayings, table, topics

#: What the user writes into CULPA_REDACT_PATTERN, whose cost is theirs (docs/security.md), and into sayings of their own, which
#: Python only reads: DuckDB's engine runs them. Patterns of formats that are data are tested below, and those that are compiled late
#: where they are written.
NOT_OURS = (
    *("instrumentation/redact/own.py", "knowledge/saying.py", "formats/_declared_patterns.py"),
    "instrumentation/patterns.py",
)

#: What linear engines refuse: it would need memory of what was read, or a look ahead.
_NOT_FOR_RE2 = (r"(?=a)", r"(?<=a)b", r"(a)\1", r"a++")


def _told(patterns: list[Written]) -> list[str]:
    """Return the findings, each pattern and way of use once."""
    distinct = {
        (each.pattern, each.flags, each.uses): each
        for each in patterns
        if not any(part in each.where for part in NOT_OURS)
    }
    found = [(each, each.finding()) for each in distinct.values()]
    return [f"{each.where}: {told}: {each.pattern!r}" for each, told in found if told]


def test_every_pattern_of_the_python_is_proven_linear() -> None:
    patterns = python_patterns()
    assert len(patterns) > 500
    assert [] == _told(patterns)


def test_every_pattern_of_a_format_that_is_data_is_proven_linear_and_taken_by_re2() -> None:
    patterns = [
        (one.name, pattern)
        for one in declared_formats()
        for pattern in (*one.patterns, one.continued, *one.events.values())
    ]
    assert [] == [(name, str(told)) for name, pattern in patterns if (told := finding(pattern, 0, ("match",)))]
    with duckdb.connect() as connection:
        for _, pattern in patterns:
            connection.execute("select regexp_matches('', ?)", [pattern])


def test_every_pattern_of_the_php_and_of_the_ruby_is_proven_linear() -> None:
    php, ruby = list(php_patterns()), list(ruby_patterns())
    assert len(php) > 5 and len(ruby) > 5
    assert [] == _told(php + ruby)


@cache
def _in_sql() -> list[InSql]:
    return list(sql_patterns())


def test_every_pattern_of_the_sql_is_known_before_it_runs_and_taken_by_re2() -> None:
    assert len(_in_sql()) > 100
    unknown = [each.where for each in _in_sql() if each.pattern is None]
    # Writes the patterns of the catalogue, which are read where SQL asks for them.
    assert [] == [where for where in unknown if "knowledge/render.py" not in where]
    assert {row["object"] for row in table("web_lines")} <= {each.pattern for each in _in_sql()}
    with duckdb.connect() as connection:
        for each in _in_sql():
            if each.pattern is not None:
                connection.execute("select regexp_matches('', ?)", [each.pattern])


def test_the_patterns_of_the_catalogue_are_among_those_of_the_sql() -> None:
    """Each alone, and as the engine reads it: joined with others of its step."""
    asked = [each.pattern for each in _in_sql() if each.pattern is not None and "/analysis/" in each.where]
    guards = [guard.pattern for topic in topics().values() for step in topic.steps for guard in step.guards]
    written = [pattern for each in sayings() for pattern in (*each.patterns.values(), *each.not_patterns.values())]
    assert len(written) > 300
    parts = {"|" + part + "|" for pattern in asked for part in (pattern, pattern.removeprefix("(?i)"))}
    unasked = [one for one in written + guards if not any(f"|{one.removeprefix('(?i)')}|" in part for part in parts)]
    assert [] == unasked
    with duckdb.connect() as connection:
        for pattern in written + guards:
            connection.execute("select regexp_matches('', ?)", [pattern])


def test_no_operator_of_the_sql_takes_a_pattern() -> None:
    assert [] == sql_operators()


@pytest.mark.parametrize("pattern", _NOT_FOR_RE2)
def test_what_is_not_linear_is_refused_by_every_function_that_the_sql_calls(pattern: str) -> None:
    arguments = {"regexp_replace": "'ab', ?, ''"}
    with duckdb.connect() as connection:
        for function in sorted({each.function for each in _in_sql()}):
            with pytest.raises(duckdb.Error):
                connection.execute(f"select {function}({arguments.get(function, repr('ab') + ', ?')})", [pattern])


@pytest.mark.parametrize("pattern", _NOT_FOR_RE2)
def test_what_is_not_linear_is_refused_by_arrow(pattern: str) -> None:
    for compute in (
        lambda: pc.match_substring_regex(pa.array(["ab"]), pattern),
        lambda: pc.replace_substring_regex(pa.array(["ab"]), pattern, ""),
        lambda: pc.extract_regex(pa.array(["ab"]), f"(?P<x>{pattern})"),
    ):
        with pytest.raises(pa.ArrowInvalid):
            compute()
