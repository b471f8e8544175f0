"""What a relation's header tells holds on every recording: its columns, what is unique, and that nobody reads in vain."""

from collections.abc import Iterator
from typing import Any

import pytest

from culpa.analysis.pipeline.evidence import gather
from culpa.analysis.pipeline.header import BadRelation, Column, columns, grain
from culpa.analysis.pipeline.relations import Relation, relations
from culpa.store import DuckDBStore

from .conftest import Scene
from .plays import stage

KNOWN = {"spans": (Column("span_id", "varchar", "its id"), Column("start_ns", "bigint", "its begin"))}


@pytest.fixture(scope="module")
def cursors(recordings: DuckDBStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Any]]:
    """Give every relation of all recordings, and of the scenes that the rules have besides, each judged once."""
    with DuckDBStore(tmp_path_factory.mktemp("plays") / "all.duckdb", writable=True) as played:
        stage(Scene(played))
        with recordings.cursor() as one, played.cursor() as other:
            for cursor in (one, other):
                gather(cursor, None)
                for relation in relations():
                    if not is_made(cursor, relation):
                        params = {"since_ns": 0} if "$since_ns" in relation.sql else None
                        cursor.execute(f"create temp table {relation.name} as {relation.sql}", params)
            yield [one, other]


def is_made(cursor: Any, relation: Relation) -> bool:
    """Say whether somebody asked for it."""
    found = cursor.execute(
        "select count(*) from duckdb_tables() where temporary and table_name = $name", {"name": relation.name}
    )
    return bool(found.fetchone()[0])


@pytest.mark.parametrize("relation", relations(), ids=lambda one: one.name)
def test_a_header_tells_the_columns_that_there_are(cursors: Any, relation: Relation) -> None:
    """By name and type, in their order; each with a meaning."""
    cursor = cursors[0]
    params = {"since_ns": 0} if "$since_ns" in relation.sql else None
    made = [(row[0], row[1].lower()) for row in cursor.execute(f"describe {relation.sql}", params).fetchall()]
    assert [(column.name, column.kind) for column in relation.columns] == made
    assert [] == [column.name for column in relation.columns if len(column.meaning) < 3]


@pytest.mark.parametrize("relation", relations(), ids=lambda one: one.name)
def test_a_header_tells_what_is_unique(cursors: Any, relation: Relation) -> None:
    """No two rows are the same in those columns; and there are rows, or it would say nothing."""
    grain = relation.grain
    assert set() == set(grain.columns) - {column.name for column in relation.columns}
    keys = ", ".join(f'"{name}"' for name in grain.columns) or "true"
    ask = f"select count(*), count(distinct ({keys})) from {relation.name}"
    found = [cursor.execute(ask).fetchone() for cursor in cursors]
    assert any(rows for rows, _ in found)
    if grain.is_unique:
        assert [rows for rows, _ in found] == [kinds for _, kinds in found]


def test_no_header_is_an_error() -> None:
    """With what to add."""
    for text in ("select 1", "-- What is it?\n-- one row for: a\nselect 1"):
        with pytest.raises(BadRelation, match="tells no grain; add a line"):
            grain(text)
    with pytest.raises(BadRelation, match="tells no columns; add"):
        columns("-- What is it?\n-- one row per: a\nselect 1", {})


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("a varchar", "tells no meaning of 'a varchar'"),
        ("a varchar, b: what it is", "tells no type of b"),
        ("as in logs", "has the columns of 'logs', which it does not read"),
    ],
)
def test_half_a_header_is_an_error(line: str, problem: str) -> None:
    """It names the column."""
    with pytest.raises(BadRelation, match=problem):
        columns(f"-- columns:\n--   {line}\nselect 1", KNOWN)


def test_columns_of_one_type_and_meaning_share_a_line() -> None:
    """A line that is too long goes on, and another relation's columns are not told again."""
    text = "-- columns:\n--   a, b varchar,\n--     c bigint: as told\n--   as in spans, without span_id\nselect 1"
    told = [Column("a", "varchar", "as told"), Column("b", "varchar", "as told"), Column("c", "bigint", "as told")]
    assert (*told, Column("start_ns", "bigint", "its begin")) == columns(text, KNOWN)
