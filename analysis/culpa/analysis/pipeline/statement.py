"""Statements that are parsed once and run often: DuckDB's parser takes longer than many a small batch."""

from collections.abc import Mapping
from typing import Any

import duckdb

#: By text, those asked for first are the first to go.
_PARSED: dict[str, duckdb.Statement] = {}
_MOST_PARSED = 512


def parsed(cursor: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    """Return the one statement that the text holds, to be run on any connection. Errors: duckdb.ParserException.

    Not `prepare`: that binds what reads a table twice, once more than running the parsed statement does. Nor
    `duckdb.extract_statements`, for which DuckDB makes an engine more.
    """
    if known := _PARSED.get(sql):
        return known
    [statement] = cursor.extract_statements(sql)
    if len(_PARSED) >= _MOST_PARSED:
        _PARSED.pop(next(iter(_PARSED)), None)
    _PARSED[sql] = statement
    return statement


def answers(
    cursor: duckdb.DuckDBPyConnection, sql: str, params: Mapping[str, object] | None = None
) -> list[dict[str, Any]]:
    """Return the rows that a statement gives, each by column name. Errors: duckdb.Error."""
    # Not cursor.sql(): it binds a question once to describe it, and again to answer it.
    cursor.execute(parsed(cursor, sql), params)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
