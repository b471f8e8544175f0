"""What a query of a stranger may be: decided by lists of what is harmless."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import duckdb
import pytest

from culpa.analysis.pipeline.questions import question
from culpa.analysis.pipeline.relations import relations
from culpa.analysis.pipeline.rules import rules
from culpa.store import QueryRefused
from culpa.store.schema import ddl
from culpa.store.statement import checked

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        for text in ddl():
            connection.execute(text)
        yield connection


@pytest.mark.parametrize(
    "sql",
    [
        "select 1",
        "from spans",
        "table spans",
        "values (1), (2)",
        "describe spans",
        "summarize spans",
        "show tables",
        "select * from information_schema.columns",
        "select function_name from duckdb_functions()",
        "with recursive n as (select 1 as i union all select i + 1 from n where i < 9) select * from n",
        "select attr(attr_keys, attr_vals, 'http.route') from spans",
        "select count(*) filter (where kind = 'server'), list(span_name order by start_time) from spans group by all",
        "select i, sum(i) over (order by i) from range(9) as t(i) qualify row_number() over (order by i) < 3",
        "select [x + 1 for x in [1, 2]], {'a': 1}.a, map {'k': 1}['k'], 'a' like '%b', 'a' ~ 'b', 3 // 2, not true",
        "select unnest(attr_keys) from spans",
        "select now() - interval 1 hour, date_trunc('hour', start_time), strftime(start_time, '%H') from spans",
        "select try_cast('x' as integer), case when true then 1 end, 1 in (1, 2), exists (select 1)",
    ],
)
def test_what_only_reads_is_let_through(engine: duckdb.DuckDBPyConnection, sql: str) -> None:
    """And EXPLAIN of it, with ANALYZE or without."""
    assert sql == checked(engine, sql)
    assert sql in checked(engine, f"EXPLAIN {sql}")
    assert sql in checked(engine, f"explain\n analyze {sql}")


def test_every_question_of_the_house_may_be_asked(engine: duckdb.DuckDBPyConnection) -> None:
    """They go the same way when a running collector is asked."""
    questions = sorted((ROOT / "analysis" / "culpa" / "analysis" / "sql").glob("*.sql"))
    texts = [question(path.stem) for path in questions]
    texts += [one.sql for one in (*relations(), *rules())]
    assert 100 < len(texts)
    for text in texts:
        checked(engine, text)


def test_each_function_on_the_list_is_one_of_the_engine(engine: duckdb.DuckDBPyConnection) -> None:
    """A name that no engine knows would hide a slip; those that one of the two versions lacks are few."""
    known = {
        name.lower() for (name,) in engine.execute("select distinct function_name from duckdb_functions()").fetchall()
    }
    lines = (files("culpa.store") / "functions.txt").read_text("utf-8").splitlines()
    listed = {word for line in lines if not line.startswith(("#", "[")) for word in line.split()}
    assert 500 < len(listed)
    assert len(listed - known) < 150


@pytest.mark.parametrize("name", ["getenv", "read_text", "glob", "current_setting", "nextval", "query", "sleep_ms"])
def test_a_function_that_is_on_no_list_is_named(engine: duckdb.DuckDBPyConnection, name: str) -> None:
    """As a value, as a relation, behind a schema, and with capitals."""
    for sql in (f"select {name}('x')", f"from {name}('x')", f"select system.main.{name.upper()}('x') from spans"):
        with pytest.raises(QueryRefused, match=name):
            checked(engine, sql)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        *(("1+", ""), ("not ", ""), ("[", "]"), ("abs(", ")"), ("(select ", ")"), ("case when true then ", " end")),
        *(("", "::int"), ("", " is null"), ("{'a': ", "}"), ("list_transform([1], lambda x: ", ")")),
    ],
)
def test_depth_is_refused_and_never_a_crash(engine: duckdb.DuckDBPyConnection, before: str, after: str) -> None:
    """However the depth is made; a hundred are no depth."""
    with pytest.raises(QueryRefused):
        checked(engine, "select " + before * 5000 + "1" + after * 5000)
    flat = "select " + before * 50 + "1" + after * 50
    assert flat == checked(engine, flat)


@pytest.mark.parametrize(("before", "after"), [("(", ")"), ("- ", ""), ("true and ", "")])
def test_what_the_engine_folds_as_it_parses_is_no_depth(
    engine: duckdb.DuckDBPyConnection, before: str, after: str
) -> None:
    """The older engine leaves brackets and signs out of its tree, both of them make one list of many conditions."""
    sql = "select " + before * 5000 + "1" + after * 5000
    try:
        assert sql == checked(engine, sql)
    except QueryRefused as error:
        assert "depth" in str(error)
        return
    assert 1 == len(engine.execute(sql).fetchall())


def test_queries_within_queries_are_refused_before_the_stack_ends(engine: duckdb.DuckDBPyConnection) -> None:
    """Relations in relations, joins of joins, and expressions of tables within each other."""
    deep = "select * from " + "(select * from " * 5000 + "spans" + ")" * 5000
    joined = "from spans" + " join spans using (trace_id)" * 5000
    named = "".join(f"with a{n} as (" for n in range(5000)) + "select 1"
    named += "".join(f") select * from a{n}" for n in reversed(range(5000)))
    for sql in (deep, joined, named):
        with pytest.raises(QueryRefused):
            checked(engine, sql)


@pytest.mark.parametrize(
    "name", ["pg_settings", "PG_Settings", "duckdb_databases", "duckdb_logs", "pragma_database_list"]
)
def test_a_view_of_the_engine_is_read_only_where_it_tells_of_relations(
    engine: duckdb.DuckDBPyConnection, name: str
) -> None:
    """Settings, with paths of this machine among them, are also found without naming a schema."""
    assert engine.execute(f"from {name} limit 0").description
    with pytest.raises(QueryRefused, match=name):
        checked(engine, f"select * from (from {name})")
    assert checked(engine, "from pg_tables, duckdb_columns, sqlite_master")
