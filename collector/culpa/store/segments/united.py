"""One store of several files: relations of the same names that stand for the rows of all of them."""

import logging
from collections.abc import Collection, Sequence
from functools import cache
from itertools import dropwhile
from pathlib import Path

import duckdb

from culpa.store.making import is_current
from culpa.store.schema import arrow_schemas, ddl
from culpa.store.segments.listing import ROWS, Segment

logger = logging.getLogger("culpa.store")

#: Where no revision says so itself, all are ranked.
_SUPERSEDED = """,
    row_number() over (partition by trace_id, request_span_id order by judged_at desc, settled desc) > 1 as superseded
"""
_MADE_OF_OTHERS = ("create or replace view", "create or replace macro")


def prepare() -> None:
    """Learn what is the same for every store, before this process forks others that would each learn it."""
    arrow_schemas()
    _derived()


def attach(connection: duckdb.DuckDBPyConnection, folder: Path, found: Sequence[Segment]) -> tuple[Segment, ...]:
    """Attach sealed files, read-only; return those that could be.

    One that is gone or damaged costs no other: it is named in the log, and its rows are missing.
    """
    return tuple(one for one in found if _attach(connection, folder, one))


def _attach(connection: duckdb.DuckDBPyConnection, folder: Path, one: Segment) -> bool:
    for is_last in (False, True):
        place = str(one.place(folder)).replace("'", "''")
        try:
            connection.execute(f"attach if not exists '{place}' as {one.catalog} (read_only)")
            return True
        except duckdb.Error as error:
            # Between the look at its name and this its owner may have given it another.
            if is_last:
                reason = str(error).partition("\n")[0]
                logger.error(
                    "sealed file %s cannot be read, so its %s rows are missing (%s); see `culpa store verify`",
                    *(one.name, f"{one.rows:,}", reason),
                )
    return False


def unite(
    connection: duckdb.DuckDBPyConnection, catalog: str, parts: Sequence[Segment], coming: Collection[str] = ()
) -> None:
    """Make the relations of `catalog` stand for the hot file and these sealed ones.

    `coming` names parts that are not listed yet: their rows count from the commit that lists them, for each
    transaction as of its own start; until then their rows are still in the hot file.
    """
    connection.execute("begin transaction")
    try:
        connection.execute(f"create schema if not exists {catalog}.data")
        older = {} if is_current(connection) else _of_older(connection)
        for name in arrow_schemas():
            texts = [f'select *{older.get(name, "")} from segment.data."{name}"']
            if name in ROWS or name == "resources":
                texts += [_part(name, one, is_coming=one.name in coming) for one in parts]
            text = " union all by name ".join(texts)
            connection.execute(f'create or replace view {catalog}.data."{name}" as {text}')
        connection.execute(f"use {catalog}")
        for text in _derived():
            connection.execute(text)
        connection.execute("use memory")
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise


def _of_older(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return what a SELECT adds to relations of a hot file of an older version, which is only read."""
    described = connection.execute("describe segment.data.verdict_revisions").fetchall()
    return {} if "superseded" in {column for column, *_ in described} else {"verdict_revisions": _SUPERSEDED}


def _part(relation: str, one: Segment, *, is_coming: bool) -> str:
    text = f'select * from {one.catalog}.data."{relation}"'
    if is_coming:
        text += (
            f" where exists (select 1 from segment.data.segments as s where s.name = '{one.name}' and not s.dropped)"
        )
    return text


@cache
def _derived() -> tuple[str, ...]:
    """Return the DDL statements that make relations and functions of other relations."""
    with duckdb.connect(":memory:") as connection:
        statements = [one.query for text in ddl() for one in connection.extract_statements(text)]
    bare = ("\n".join(dropwhile(_is_blank, text.splitlines())) for text in statements)
    return tuple(text for text in bare if text.startswith(_MADE_OF_OTHERS))


def _is_blank(line: str) -> bool:
    return not line.strip() or line.startswith("--")
