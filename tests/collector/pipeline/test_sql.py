"""`POST /v1/sql` answers one SELECT, and nothing that anybody sends changes, leaks or holds up anything."""

import io
import json
import threading
import time
from collections.abc import Callable

import pyarrow as pa
import pytest

from culpa.store import QueryFailed, QueryRefused, RemoteStore, StoreUnavailable

from .conftest import Running
from .payload import traces

ENDLESS = "select count(*) as n from range(1000000) as a cross join range(1000000) as b where a.range % 7 = b.range % 5"


@pytest.fixture(scope="module")
def filled(collector: Running) -> RemoteStore:
    assert 200 == collector.export(traces(1, 100).SerializeToString())[0]
    return RemoteStore(collector.url)


def _ask(running: Running, sql: str) -> tuple[int, bytes]:
    body = json.dumps({"query": sql}).encode()
    answer, text = running.request("/v1/sql", body, {"Content-Type": "application/json"})
    return answer.status, text


def test_parameters_are_bound(filled: RemoteStore) -> None:
    """Named, of every kind that JSON has."""
    sql = "select span_name from spans where span_name = $name and $number > 1 and $yes and $nothing is null"
    rows = filled.query(sql, {"name": "GET /7", "number": 2, "yes": True, "nothing": None}).to_pylist()
    assert [{"span_name": "GET /7"}] == rows


def test_the_answer_is_a_whole_arrow_stream(collector: Running, filled: RemoteStore) -> None:
    """Types come through as the store has them."""
    status, body = _ask(collector, "select trace_id, start_time from spans order by start_time limit 3")
    table = pa.ipc.open_stream(io.BytesIO(body)).read_all()
    assert (200, 3, pa.timestamp("ns")) == (status, table.num_rows, table.schema.field("start_time").type)


ATTACKS = [
    "copy (select 1) to '{folder}/out.csv'",
    "copy spans to '/tmp/culpa-out.csv'",
    "attach '/tmp/culpa-other.duckdb' as other",
    "select * from read_csv('/etc/passwd')",
    "select * from '/etc/passwd'",
    "select content from read_text('/etc/hostname')",
    "select * from glob('/etc/*')",
    "with gone as (delete from segment.data.spans returning *) select count(*) from gone",
    "with made as (insert into segment.data.changes from segment.data.changes returning *) from made",
    "explain analyze delete from segment.data.spans",
    "select 1; drop table segment.data.spans",
    "commit; delete from segment.data.spans; select 1",
    "drop view spans",
    "set memory_limit = '1MB'",
    "pragma threads = 8",
    "call pragma_version()",
    "install httpfs",
    "load httpfs",
    "checkpoint",
    "detach segment",
    "create temp table t as select 1",
    "prepare p as select 1",
    "select * from read_parquet('https://example.com/x.parquet')",
    "vacuum",
    "explain analyze copy (select 1) to '{folder}/out.csv'",
    "explain analyze copy (select * from segment.data.spans) to '{folder}/hot.duckdb'",
    "explain copy (select 1) to '{folder}/out.csv'",
    "explain analyze explain analyze copy (select 1) to '{folder}/out.csv'",
    "explain /* */ analyze with gone as (delete from segment.data.spans returning *) select 1",
    "explain create table t as select 1",
    "explain analyze create temp table t as select 1",
    "explain analyze vacuum",
    "explain analyze set variable a = 1",
    "set variable a = 1",
    "reset memory_limit",
    "use memory",
    "begin",
    "call checkpoint()",
    "select * from checkpoint()",
    "select * from force_checkpoint('segment')",
    "select * from read_blob('{folder}/hot.duckdb')",
    "select * from '{folder}/hot.duckdb'",
    "select * from read_duckdb('{folder}/hot.duckdb')",
    "select * from query('vacuum')",
    "select * from query_table('/etc/passwd')",
    "select * from json_execute_serialized_sql(json_serialize_sql('select 1'))",
    "from sniff_csv('/etc/passwd')",
    "select getenv('HOME')",
    "select current_setting('temp_directory')",
    "select * from duckdb_settings()",
    "select * from duckdb_secrets()",
    "select * from system.main.duckdb_settings()",
    "select write_log('x')",
    "select system.main.getenv('HOME')",
    "select (select getenv('HOME')) as a from spans order by getenv('HOME')",
    "select list_transform(['HOME'], lambda x: getenv(x))",
    "with a as (select 1) select * from (select * from (select * from read_text('/etc/hostname')))",
    "select 1 union all select content from read_text('/etc/hostname')",
    "select * from pg_catalog.pg_settings",
    "from enable_logging()",
    "from pragma_database_size()",
    "import database '{folder}'",
    "export database '{folder}/out'",
    "create function f(x) as x",
    "",
    ";",
    "select",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_and_changes_nothing(collector: Running, filled: RemoteStore, attack: str) -> None:
    """400 for what is no SELECT, 422 for a SELECT that wants what it may not have; each with a message."""
    status, body = _ask(collector, attack.format(folder=collector.store))
    assert status in (400, 422), body
    assert json.loads(body)["message"]
    assert b"root:" not in body
    assert 100 == collector.count()
    assert {"hot.duckdb", "hot.duckdb.wal", "hot.duckdb.acknowledged"} >= {
        file.name for file in collector.store.iterdir()
    }


def test_a_statement_is_refused_and_a_failure_told_apart(filled: RemoteStore) -> None:
    """A client library can tell its user which it was."""
    with pytest.raises(QueryRefused, match="SELECT"):
        filled.query("drop view spans")
    with pytest.raises(QueryFailed, match="no_such_column"):
        filled.query("select no_such_column from spans")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"query": 5}', b'{"query": "select 1", "parameters": [1]}', b"\xff"]
)
def test_a_question_that_is_none_is_400(collector: Running, body: bytes) -> None:
    """With a message, in JSON."""
    answer, text = collector.request("/v1/sql", body, {"Content-Type": "application/json"})
    assert 400 == answer.status
    assert json.loads(text)["message"]


def test_an_endless_query_is_stopped_while_ingest_goes_on(collect: Callable[..., Running]) -> None:
    """422 after query_timeout_s; the writer does not wait for it; a third reader is told to come back."""
    running = collect("--query-timeout-s", "2", "--query-limit", "2", "--query-wait-s", "0.1")
    answers: list[int] = []
    began = time.monotonic()
    readers = [threading.Thread(target=lambda: answers.append(_ask(running, ENDLESS)[0])) for _ in range(2)]
    for reader in readers:
        reader.start()
    time.sleep(0.7)
    assert 429 == _ask(running, "select 1")[0]
    assert 200 == running.export(traces(1, 10).SerializeToString())[0]
    for reader in readers:
        reader.join()
    assert [422, 422] == answers
    assert time.monotonic() - began < 15
    assert 10 == running.count()


def test_too_many_rows_are_an_error_and_never_a_part(collect: Callable[..., Running]) -> None:
    """A small answer gets a status; one that has begun breaks off, so that nobody takes it for the whole."""
    running = collect("--query-max-rows", "400000")
    status, text = _ask(running, "select range as n from range(400001)")
    assert (422, True) == (status, "query_max_rows" in json.loads(text)["message"])
    with pytest.raises(StoreUnavailable):
        RemoteStore(running.url).query("select range as n, repeat('x', 50) || range as text from range(500000)")
    assert 400000 == RemoteStore(running.url).query("select range as n from range(400000)").num_rows


def test_a_hungry_query_costs_the_writer_nothing(collect: Callable[..., Running]) -> None:
    """A reader that wants all the memory gets an error; every export is stored."""
    running = collect("--query-memory-bytes", "200000000", "--query-timeout-s", "10")
    hungry = "select length(list(a.range::varchar || repeat('x', 100))) as n from range(30000000) as a"
    answers: list[int] = []
    reader = threading.Thread(target=lambda: answers.append(_ask(running, hungry)[0]))
    reader.start()
    statuses = set()
    first = 1
    while reader.is_alive() or first < 1001:
        statuses.add(running.export(traces(first, 100).SerializeToString())[0])
        first += 100
    reader.join()
    assert ([422], {200}) == (answers, statuses)
    assert first - 1 == running.count()
