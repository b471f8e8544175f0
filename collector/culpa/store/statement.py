"""Say whether a text is one SELECT that can do nothing but read relations.

Decided on what DuckDB's own parser makes of it, and by lists of what is known to be harmless: what they do not name is
refused.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import duckdb

from culpa.store.errors import QueryRefused

#: A question is text that somebody wrote.
MAX_QUERY_CHARACTERS = 1024**2

_QUERY_NODES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
_TABLES = frozenset(
    {
        *("BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY", "EMPTY_FROM", "PIVOT"),
        *("SHOW_REF", "CTE"),
    }
)
#: Catalogs whose views tell of relations; those of the engine itself tell of its settings, paths and secrets.
_CATALOGS = frozenset({"", "segment", "memory", "temp"})
_SCHEMAS = frozenset({"", "main", "data", "information_schema"})
#: So the engine's own views are called, which are found without their schema too.
_ENGINES = re.compile(r"(?:pg|duckdb|pragma|sqlite)_\w+", re.IGNORECASE)
_EXPLAIN = re.compile(r"\s*explain(?:\s+(analyze))?\s+(?!analyze\b)(?=[\w(])", re.IGNORECASE)


class _Functions(NamedTuple):
    values: frozenset[str]
    tables: frozenset[str]
    views: frozenset[str]


@cache
def _functions() -> _Functions:
    lines = (files("culpa.store") / "functions.txt").read_text("utf-8").splitlines()
    words: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith("[") and line.endswith("]") and line[1:-1].isalpha():
            words[line[1:-1]] = []
        elif words:
            words[next(reversed(words))] += line.split()
    return _Functions(frozenset(words["values"]), frozenset(words["tables"]), frozenset(words["views"]))


def checked(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    """Return the statement to run for the text of a stranger: it, or EXPLAIN of it.

    `connection` parses, and knows the macros that may be called besides.
    Errors: QueryRefused, with the engine's words if it cannot be parsed.
    """
    if len(sql) > MAX_QUERY_CHARACTERS:
        raise QueryRefused(f"a query may have {MAX_QUERY_CHARACTERS} characters, this one has {len(sql)}")
    kind, text = _only(connection, sql)
    if kind == duckdb.StatementType.SELECT:
        _check_select(connection, text)
        return text
    explained = _EXPLAIN.match(text) if kind == duckdb.StatementType.EXPLAIN else None
    if explained is None:
        raise QueryRefused(f"only SELECT, and EXPLAIN of one, is answered here, got {kind.name}")
    inner_kind, inner = _only(connection, text[explained.end() :])
    if inner_kind != duckdb.StatementType.SELECT:
        raise QueryRefused(f"only a SELECT is explained here, got {inner_kind.name}")
    _check_select(connection, inner)
    return f"explain {explained[1] or ''} {inner}"


def _only(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[duckdb.StatementType, str]:
    try:
        statements = connection.extract_statements(sql)
    except (duckdb.Error, UnicodeError) as error:
        raise QueryRefused(f"cannot parse the query: {error}") from error
    if len(statements) != 1:
        raise QueryRefused(f"expected one SELECT, got {len(statements)} statements; send them one by one")
    return statements[0].type, statements[0].query


def _check_select(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    (serialized,) = connection.execute("select json_serialize_sql($sql)", {"sql": sql}).fetchone() or ("",)
    try:
        tree: dict[str, Any] = json.loads(serialized)
    except RecursionError as error:
        raise QueryRefused("the query is nested too deep; take it apart") from error
    if tree.get("error", True) or len(tree["statements"]) != 1:
        raise QueryRefused(f"only SELECT is answered here: {tree.get('error_message', 'not one statement')}")
    strange: set[str] = set()
    for part in _parts(tree["statements"]):
        strange |= _strange_functions(part)
    if strange:
        _check_macros(connection, strange)


def _check_macros(connection: duckdb.DuckDBPyConnection, names: set[str]) -> None:
    """Let macros of the store through; looked for only where needed, as it takes longer than all the rest."""
    found = connection.execute(
        "select lower(function_name) from duckdb_functions() "
        "where not internal and function_type in ('macro', 'table_macro')"
    ).fetchall()
    for name in sorted(names - {own for (own,) in found}):
        raise QueryRefused(f"a query may not call {name}: it is not among the functions known to do no harm")


def _parts(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of the tree; without recursion, as a query may be deep."""
    left: list[Any] = [tree]
    while left:
        part = left.pop()
        if isinstance(part, dict):
            yield part
            left += part.values()
        elif isinstance(part, list):
            left += part


def _strange_functions(part: dict[str, Any]) -> set[str]:
    """Return the functions that no list names among those that this object calls. Errors: QueryRefused."""
    kind = part.get("type")
    if "cte_map" in part:
        if kind not in _QUERY_NODES:
            raise QueryRefused(f"only SELECT is answered here, not {kind} inside of one")
    elif "sample" in part and kind not in _TABLES:
        raise QueryRefused(f"a query may not read from {kind}")
    if kind == "BASE_TABLE":
        _check_table(part)
    if kind == "TABLE_FUNCTION":
        name: str = part["function"]["function_name"].lower()
        # Its arguments come by themselves; its own name is no value's.
        part["function"]["function_name"] = ""
        return {name} - _functions().tables
    return {part.get("function_name", "").lower()} - _functions().values - {""}


def _check_table(part: dict[str, Any]) -> None:
    catalog, schema, name = part["catalog_name"].lower(), part["schema_name"].lower(), part["table_name"]
    is_strange = _ENGINES.fullmatch(name) is not None and name.lower() not in _functions().views
    if is_strange or catalog not in _CATALOGS or schema not in _SCHEMAS | _CATALOGS:
        raise QueryRefused(f"a query may not read {'.'.join(filter(None, (catalog, schema, name)))}")
