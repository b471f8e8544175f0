"""Statements that are parsed once and run often: DuckDB's parser takes longer than many a small batch."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import duckdb


@lru_cache(maxsize=512)
def parsed(sql: str) -> duckdb.Statement:
    """Return the one statement that the text holds, to be run on any connection. Errors: duckdb.ParserException.

    Not `prepare`: that binds what reads a table twice, once more than running the parsed statement does.
    """
    [statement] = duckdb.extract_statements(sql)
    return statement


def answers(
    cursor: duckdb.DuckDBPyConnection, sql: str, params: Mapping[str, object] | None = None
) -> list[dict[str, Any]]:
    """Return the rows that a statement gives, each by column name. Errors: duckdb.Error."""
    # Not cursor.sql(): it binds a question once to describe it, and again to answer it.
    cursor.execute(parsed(sql), params)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
