"""What is read from an exception object."""

import sqlite3
from collections.abc import Callable
from typing import Any

import psycopg
import pymysql
import pytest
from django.template import Engine
from fastapi.exceptions import ResponseValidationError

from culpa.instrumentation.calls.address import database_address
from culpa.instrumentation.exceptions.errorcode import error_code
from culpa.instrumentation.exceptions.origin import chain, describe


def caught(action: Callable[[], Any]) -> BaseException:
    """Return what an action raises."""
    try:
        action()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def raises(error: BaseException, cause: BaseException | None = None) -> None:
    """Raise an exception, with a cause if one is given."""
    if cause is not None:
        raise error from cause
    raise error


def test_the_chain_follows_causes_contexts_orig_and_groups() -> None:
    """Outermost first, the origin last; a suppressed context does not count."""
    inner = ValueError("inner")
    wrapper = RuntimeError("wrapper")
    wrapper.orig = inner  # type: ignore[attr-defined]
    group = ExceptionGroup("several", [wrapper, KeyError("other")])
    outer = caught(lambda: raises(LookupError("outer"), group))
    assert [outer, group, wrapper, inner] == chain(outer)
    group.__context__ = KeyError("unrelated")
    assert [group, wrapper, inner] == chain(group)

    def hidden() -> None:
        try:
            raises(inner)
        except ValueError:
            raise KeyError("shown") from None

    assert 1 == len(chain(caught(hidden)))


def test_what_was_handled_when_an_exit_came_is_not_its_cause() -> None:
    """A worker is told to exit at any moment, also while it handles something else."""

    def leave() -> None:
        try:
            raises(ValueError("handled"))
        except ValueError:
            raise SystemExit(1)  # noqa: B904  # the implicit context is what is tested

    assert ["SystemExit"] == describe(caught(leave))["exception.chain"]


def test_a_chain_that_bites_its_tail_ends() -> None:
    """Cycles are possible: an exception may be its own cause's cause."""
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    assert [one, two] == chain(one)


def test_the_place_is_the_users_innermost_line() -> None:
    """Frames of libraries below it do not count; without one of the user's, the library's last is told."""
    found = describe(caught(lambda: raises(KeyError("x"))))
    assert ("raises", True) == (found["code.function.name"], found["exception.in_app"])
    found = describe(caught(lambda: psycopg.connect("not = a = conninfo")))
    assert found["code.file.path"] == __file__
    without = caught(lambda: psycopg.conninfo.conninfo_to_dict("nonsense"))
    without.__traceback__ = without.__traceback__.tb_next.tb_next  # type: ignore[union-attr]
    found = describe(without)
    assert ("_parse_conninfo", False) == (found["code.function.name"], found["exception.in_app"])
    assert describe(without, from_caller=True)["code.file.path"] == __file__


def test_an_exception_whose_text_breaks_is_described_all_the_same() -> None:
    """A __str__ of the user's may raise."""

    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert "Mute" in str(describe(Mute())["exception.root.message"])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (psycopg.errors.UndefinedTable("x"), "42P01"),
        (pymysql.err.OperationalError(1045, "Access denied"), "1045"),
        (pymysql.err.InternalError("no number"), ""),
        (psycopg.OperationalError('FATAL:  password authentication failed for user "shop"'), "28P01"),
        (psycopg.OperationalError('FATAL:  database "x" does not exist'), "3D000"),
        (psycopg.OperationalError("FATAL:  sorry, too many clients already"), "53300"),
        (psycopg.OperationalError("FATAL:  remaining connection slots are reserved for roles"), "53300"),
        (psycopg.OperationalError("FATAL:  the database system is starting up"), "57P03"),
        (psycopg.OperationalError("FATAL:  the database system is in recovery mode"), "57P03"),
        (psycopg.OperationalError("FATAL:  the database system is shutting down"), "57P03"),
        (psycopg.OperationalError("FATAL:  no pg_hba.conf entry for host"), "28000"),
        (psycopg.OperationalError("connection refused"), ""),
        (ValueError("password authentication failed"), ""),
    ],
)
def test_the_code_is_the_databases(error: BaseException, code: str) -> None:
    """SQLSTATE, MySQL's number, or what the server's text says where the driver drops the code."""
    assert code == error_code([error])


def test_the_code_is_found_behind_wrappers() -> None:
    """The origin's code counts, also where the wrapper has none."""
    error = caught(lambda: sqlite3.connect(":memory:").execute("select * from nowhere"))
    assert "SQLITE_ERROR" == error_code(chain(caught(lambda: raises(RuntimeError("wrapped"), error))))


@pytest.mark.parametrize(
    ("system", "args", "kwargs", "expected"),
    [
        ("postgresql", ("postgresql://u:pw@db:6543/shop",), {}, ("db", 6543, "shop")),
        ("postgresql", ("host=db dbname=shop user=u password=pw",), {"port": 1}, ("db", 1, "shop")),
        ("postgresql", (), {"host": "a,b", "port": "1,2", "dbname": "shop"}, ("a", 1, "shop")),
        ("postgresql", (), {"conninfo": "host=/run/pg user=u", "dbname": None}, ("/run/pg", 5432, "u")),
        ("mysql", (), {"database": "shop"}, ("localhost", 3306, "shop")),
        ("mysql", ("db", "u", "pw", "shop", 3307), {}, ("db", 3307, "shop")),
        ("mysql", (), {"unix_socket": "/run/mysqld.sock", "db": "shop"}, ("/run/mysqld.sock", None, "shop")),
        ("sqlite", (b"/srv/shop.db",), {}, (None, None, "/srv/shop.db")),
    ],
)
def test_the_address_is_read_from_the_arguments(
    monkeypatch: pytest.MonkeyPatch, system: str, args: tuple[Any, ...], kwargs: dict[str, Any], expected: Any
) -> None:
    """Connection strings, URLs, keywords and positions; never a password."""
    for name in ("PGHOST", "PGPORT", "PGDATABASE"):
        monkeypatch.delenv(name, raising=False)
    found = database_address(system, args, kwargs)
    names = ("server.address", "server.port", "db.namespace")
    assert expected == tuple(found.get(name) for name in names)
    assert "pw" not in str(found)


def test_a_library_that_puts_its_own_look_up_into_words_is_the_origin() -> None:
    """Django finds no such tag library in its own table, and says so; the KeyError is the table's."""
    engine = Engine()
    error = caught(lambda: engine.from_string("{% load humanize %}"))
    assert ["TemplateSyntaxError"] == [type(one).__name__ for one in chain(error)]
    assert "'humanize' is not a registered tag library" in str(describe(error)["exception.root.message"])


def test_a_look_up_of_the_users_own_code_stays_the_origin() -> None:
    """The same in the user's code: what was looked up is what went wrong."""

    def total() -> None:
        try:
            raise KeyError("total")
        except KeyError:
            raise psycopg.OperationalError("no total")  # noqa: B904  # the implicit context is what is tested

    assert ["OperationalError", "KeyError"] == [type(one).__name__ for one in chain(caught(total))]


def test_an_answer_that_is_not_as_declared_is_of_its_endpoint() -> None:
    """FastAPI checks it after the endpoint returned: its frame is gone, its place is told."""
    place = {"function": "shape", "path": "GET /shape", "file": "/app/shop.py", "line": 25}
    error = caught(lambda: raises(ResponseValidationError([], endpoint_ctx=place)))  # type: ignore[arg-type]
    told = describe(error)
    found = told["code.file.path"], told["code.line.number"], told["code.function.name"], told["exception.in_app"]
    assert ("/app/shop.py", 25, "shape", True) == found
