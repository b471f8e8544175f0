"""Stack traces of six languages are read into their chain and the place in the user's code."""

import re
import traceback

import pytest

from culpa.collector.exceptions.error_code import find_error_code
from culpa.collector.exceptions.fingerprint import fingerprint_of
from culpa.collector.exceptions.reading import read_exception
from culpa.collector.exceptions.stacktrace import inline, read_stack

JAVA = """java.lang.IllegalStateException: cannot load order
\tat com.shop.Api.get(Api.java:10)
\tat java.base/java.lang.Thread.run(Thread.java:840)
\tSuppressed: java.io.IOException: close
\t\tat com.shop.Other.close(Other.java:1)
Caused by: org.postgresql.util.PSQLException: ERROR: relation "orders" does not exist
  Position: 15
\tat org.postgresql.core.v3.QueryExecutorImpl.receive(QueryExecutorImpl.java:2725)
\tat com.shop.Dao.find(Dao.java:33)
\t... 12 more"""
NODE = """TypeError: Cannot read properties of null (reading 'foo')
    at /srv/shop/app.js:7:34
    at Layer.handleRequest (/srv/shop/node_modules/router/lib/layer.js:169:33)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5) {
  [cause]: Error: connect ECONNREFUSED 10.0.0.1:5432
      at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16)
}"""
RUBY = """app.rb:41:in `fetch': key not found: "X" (KeyError)
\tfrom app.rb:41:in `a'
\tfrom /usr/share/gems/actionpack-6.1.7/lib/x.rb:6:in `send_action'
"""
PHP = r"""PDOException: SQLSTATE[42S02]: no such table in /var/www/vendor/lib/Connection.php:10
Stack trace:
#0 /var/www/vendor/lib/x.php(12): PDO->prepare('...')
#1 /var/www/app/Orders.php(5): App\Orders->show()
#2 {main}

Next App\QueryFailed: wrapped in /var/www/app/Db.php:20
Stack trace:
#0 /var/www/app/Orders.php(5): App\Orders->show()
#1 {main}"""
GO = """panic: boom

goroutine 1 [running]:
runtime.gopanic({0x1, 0x2})
\t/usr/local/go/src/runtime/panic.go:770 +0x132
main.(*Server).Get(0xc000)
\t/app/main.go:12 +0x1d

goroutine 7 [select]:
main.other()
\t/app/other.go:3
"""
ELIXIR = """** (KeyError) key :total not found in: %{id: 7}
    (shop 0.1.0) lib/shop/orders.ex:12: Shop.Orders.load/1
    (shop 0.1.0) lib/shop_web/controllers/order_controller.ex:7: ShopWeb.OrderController.show/2
    (phoenix 1.7.7) lib/phoenix/router.ex:430: Phoenix.Router.__call__/5"""
DOTNET = """System.InvalidOperationException: outer
 ---> Npgsql.PostgresException (0x80004005): 42P01: relation "x" does not exist
   at Npgsql.Internal.NpgsqlConnector.ReadMessage(Boolean async)
   at Shop.Dao.Find(Int32 id) in /src/Shop/Dao.cs:line 12
   --- End of inner exception stack trace ---
   at Shop.Api.Get() in /src/Shop/Api.cs:line 30"""
DOTNET_AT_ONCE = """System.InvalidOperationException: outer ---> Npgsql.NpgsqlException: Exception while reading from stream \
---> System.Net.Sockets.SocketException: Connection reset by peer
   at System.Net.Sockets.NetworkStream.Read(Byte[] buffer, Int32 offset, Int32 size)
   --- End of inner exception stack trace ---
   at Npgsql.ReadBuffer.Ensure(Int32 count)
   at Shop.Dao.Find(Int32 id) in /src/Shop/Dao.cs:line 12
   --- End of inner exception stack trace ---
   at Shop.Api.Get() in /src/Shop/Api.cs:line 30"""
PYTHON_LIBRARY = """Traceback (most recent call last):
  File "/srv/venv/lib/python3.11/site-packages/sqlalchemy/engine/base.py", line 1, in execute
    run()
psycopg.errors.UndefinedTable: relation "orders" does not exist
LINE 1: select ? from orders
                      ^

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/shop/api.py", line 30, in get_orders
    return load()
  File "/srv/shop/orders.py", line 12, in load
    session.execute(query)
  File "/srv/venv/lib/python3.11/site-packages/sqlalchemy/engine/base.py", line 9, in execute
    raise
sqlalchemy.exc.ProgrammingError: (psycopg.errors.UndefinedTable) relation "orders" does not exist
[SQL: select ? from orders]
"""


@pytest.mark.parametrize(
    ("text", "chain", "place"),
    [
        (
            JAVA,
            ["java.lang.IllegalStateException", "org.postgresql.util.PSQLException"],
            ("Dao.java", 33, "com.shop.Dao.find"),
        ),
        (
            re.sub(r"\)$", ") ~[shop.jar!/:1.0]", JAVA, flags=re.MULTILINE),
            ["java.lang.IllegalStateException", "org.postgresql.util.PSQLException"],
            ("Dao.java", 33, "com.shop.Dao.find"),
        ),
        (
            DOTNET_AT_ONCE,
            ["System.InvalidOperationException", "Npgsql.NpgsqlException", "System.Net.Sockets.SocketException"],
            ("/src/Shop/Dao.cs", 12, "Shop.Dao.Find"),
        ),
        (NODE, ["TypeError", "Error"], ("/srv/shop/app.js", 7, "<anonymous>")),
        (RUBY, ["KeyError"], ("app.rb", 41, "fetch")),
        (PHP, [r"App\QueryFailed", "PDOException"], ("/var/www/app/Orders.php", 5, r"App\Orders->show")),
        (
            GO.replace("panic: ", "2026/05/01 10:00:03 http: panic serving 10.0.0.9:1: "),
            [""],
            ("/app/main.go", 12, "main.(*Server).Get"),
        ),
        (GO, [""], ("/app/main.go", 12, "main.(*Server).Get")),
        (ELIXIR, ["KeyError"], ("lib/shop/orders.ex", 12, "Shop.Orders.load/1")),
        (
            PYTHON_LIBRARY,
            ["sqlalchemy.exc.ProgrammingError", "psycopg.errors.UndefinedTable"],
            ("/srv/shop/orders.py", 12, "load"),
        ),
    ],
    ids=["java", "logback", "dotnet core 3", "node", "ruby", "php", "net-http", "go", "elixir", "python"],
)
def test_the_chain_ends_with_the_origin_and_the_place_is_the_users_code(
    text: str, chain: list[str], place: tuple[str, int, str]
) -> None:
    """Outermost first; libraries and the language's own files are not the place."""
    stack = read_stack(text)
    assert chain == [raised.type for raised in stack.raised]
    assert stack.place is not None
    assert (*place, True) == (stack.place.file, stack.place.line, stack.place.function, stack.place.in_app)


RUBY_LATER = """/usr/lib/ruby/3.1.0/net/protocol.rb:219:in `rbuf_fill': Net::ReadTimeout (Net::ReadTimeout)
\tfrom /usr/lib/ruby/3.1.0/net/http.rb:627:in `start'
\tfrom app.rb:9:in `rate'
\tfrom app.rb:5:in `rescue in rates'
\tfrom app.rb:2:in `rates'
/usr/lib/ruby/3.1.0/socket.rb:1214:in `connect': Connection refused (Errno::ECONNREFUSED)
\tfrom app.rb:9:in `rate'
\tfrom app.rb:3:in `rates'
"""


@pytest.mark.parametrize(
    ("text", "chain"),
    [
        (RUBY_LATER, ["Net::ReadTimeout"]),
        # The same connection, which the first error had spoilt.
        (
            RUBY_LATER.replace("Net::ReadTimeout", "PG::InFailedSqlTransaction").replace("Errno::ECONN", "PG::ECONN"),
            ["PG::InFailedSqlTransaction", "PG::ECONNREFUSED"],
        ),
        # A wrapper of the app's own.
        (
            RUBY_LATER.partition("\tfrom app.rb:9")[2].replace(":in `rate'", "app.rb:9:in `rate': lost (Lost)", 1),
            ["Lost", "Errno::ECONNREFUSED"],
        ),
        # A wrapper of the library's own.
        (RUBY_LATER.replace("rescue in rates", "rates"), ["Net::ReadTimeout", "Errno::ECONNREFUSED"]),
    ],
    ids=["another call", "the same connection", "wrapped by the app", "wrapped by the library"],
)
def test_ruby_chains_what_was_caught_before_another_call_failed(text: str, chain: list[str]) -> None:
    """A `rescue` of the app and a library below it: that failed for itself."""
    assert chain == [raised.type for raised in read_stack(text).raised]


def test_dotnet_traces_tell_the_chain_and_the_place() -> None:
    """The innermost frame with a file; the number behind the type is no part of it."""
    stack = read_stack(DOTNET)
    assert ["System.InvalidOperationException", "Npgsql.PostgresException"] == [raised.type for raised in stack.raised]
    place = stack.place
    assert place is not None
    assert ("/src/Shop/Dao.cs", 12) == (place.file, place.line)


def _raise(make: object) -> str:
    try:
        make()  # type: ignore[operator]
    except BaseException:
        return traceback.format_exc()
    raise AssertionError("did not raise")


def _origin() -> None:
    raise KeyError("order")


def _during() -> None:
    try:
        _origin()
    except KeyError:
        raise RuntimeError("two\nlines")  # noqa: B904 - the point of the test


def _from() -> None:
    try:
        _origin()
    except KeyError as error:
        raise RuntimeError("wrapped") from error


def _from_none() -> None:
    try:
        _origin()
    except KeyError:
        raise RuntimeError("alone") from None


def _group() -> None:
    try:
        _from()
    except RuntimeError as error:
        raise ExceptionGroup("many", [ExceptionGroup("inner", [error, OSError("b")]), OSError("c")]) from None


def _signal() -> None:
    try:
        raise StopIteration
    except StopIteration:
        raise RuntimeError("nothing left")  # noqa: B904 - the point of the test


def _recursion() -> None:
    def deeper() -> None:
        deeper()

    deeper()


@pytest.mark.parametrize(
    ("make", "chain"),
    [
        (_during, ["RuntimeError", "KeyError"]),
        (_from, ["RuntimeError", "KeyError"]),
        (_from_none, ["RuntimeError"]),
        (_group, ["ExceptionGroup", "ExceptionGroup", "RuntimeError", "KeyError"]),
        (_signal, ["RuntimeError"]),
        (_recursion, ["RecursionError"]),
    ],
)
def test_what_python_really_prints_is_read(make: object, chain: list[str]) -> None:
    """Chains, groups (their first member is the origin), control flow that is no origin, recursion."""
    stack = read_stack(_raise(make))
    assert chain == [raised.type for raised in stack.raised]
    assert stack.place is not None
    assert (__file__, True) == (stack.place.file, stack.place.in_app)


def test_a_message_of_several_lines_is_kept_whole() -> None:
    """Messages may hold line breaks."""
    assert "two\nlines" == read_stack(_raise(_during)).raised[0].message


@pytest.mark.parametrize(
    "text", ["", "no stack at all", "Traceback (most recent call last):", "#0 ", "\tat ", "goroutine "]
)
def test_a_text_that_is_no_trace_names_no_place(text: str) -> None:
    """Nothing is invented."""
    assert read_stack(text).place is None


@pytest.mark.parametrize(
    ("types", "texts", "code"),
    [
        (("42P01",), ("relation does not exist",), "42P01"),
        (("ECONNREFUSED",), (), "ECONNREFUSED"),
        (("Error",), ("connect ECONNREFUSED 10.0.0.1:5432",), "ECONNREFUSED"),
        (("",), ("PostgreSQL error of type 'error' occurred (code: 3D000)",), "3D000"),
        (("PDOException",), ("SQLSTATE[42S02]: Base table or view not found",), "42S02"),
        (("X",), ("failed, SQLSTATE: 42P01",), "42P01"),
        (("OSError",), ("[Errno 28] No space left on device",), "28"),
        (("pymysql.err.ProgrammingError",), ("(1146, \"Table 'a.b' doesn't exist\")",), "1146"),
        (("psycopg.errors.UndefinedTable",), ("no code in the text",), "42P01"),
        (("asyncpg.exceptions.UniqueViolationError",), ("",), "23505"),
        (("PG::UniqueViolation",), ("",), "23505"),
        (("KeyError", "ERROR", "Error"), ("HTTP 50312 EXCEPTION (500, nothing)",), ""),
        (("ValueError",), ("EVERYTHING is fine",), ""),
    ],
)
def test_error_codes_are_found_and_not_invented(types: tuple[str, ...], texts: tuple[str, ...], code: str) -> None:
    """From the type if it is one, from the text, from the class that a driver names after the condition."""
    assert code == find_error_code(types, texts)


def test_the_drivers_error_inside_a_wrapper_is_the_origin() -> None:
    """Also where the stack was not sent."""
    reading = read_exception("sqlalchemy.exc.IntegrityError", "(psycopg.errors.UniqueViolation) duplicate key", "")
    assert ("psycopg.errors.UniqueViolation", "duplicate key", "23505") == (
        reading.origin_type, reading.origin_message, reading.error_code
    )  # fmt: skip
    assert ("sqlalchemy.exc.IntegrityError", "psycopg.errors.UniqueViolation") == reading.chain


def test_a_frame_inside_a_message_is_no_exception_but_may_be_the_place() -> None:
    """FastAPI shows the endpoint inside the message of its validation error: whose answer it is that does not fit."""
    text = (
        "Traceback (most recent call last):\n"
        '  File "/x/site-packages/fastapi/routing.py", line 3, in app\n    f()\n'
        "fastapi.exceptions.ResponseValidationError: 1 error:\n  {}\n\n"
        '  File "/srv/shop/api.py", line 69, in rv\n    GET /x'
    )
    stack = read_stack(text)
    assert ["fastapi.exceptions.ResponseValidationError"] == [raised.type for raised in stack.raised]
    assert stack.place is not None
    assert "/srv/shop/api.py" == stack.place.file


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("order 17 not found", "order 99 not found"),
        ("no user 3fa85f64-5717-4562-b3fc-2c963f66afa6", "no user 11111111-5717-4562-b3fc-2c963f66afa6"),
        ("connect to 10.0.0.1:5432 failed", "connect to 10.0.12.7:6432 failed"),
        ("invalid literal: 'abc'", "invalid literal: 'something else'"),
        ("at 0x7f001122", "at 0x7fffffff"),
        ("bad\nLINE 1: select 1", "bad\nLINE 1: select 2"),
    ],
)
def test_a_fingerprint_does_not_depend_on_values(one: str, other: str) -> None:
    """Numbers, ids, addresses, quoted values and excerpts differ between two occurrences of one problem."""
    assert fingerprint_of("a.KeyError", one, ("f",)) == fingerprint_of("KeyError", other, ("f",))


def test_a_fingerprint_tells_problems_apart() -> None:
    """Another type, another text, another function."""
    marks = {
        fingerprint_of("KeyError", "no order", ("f",)),
        fingerprint_of("ValueError", "no order", ("f",)),
        fingerprint_of("KeyError", "no customer", ("f",)),
        fingerprint_of("KeyError", "no order", ("g",)),
    }
    assert 4 == len(marks)
    assert {16} == {len(mark) for mark in marks}


def test_a_fingerprint_survives_lines_that_move() -> None:
    """An edit above the place changes only line numbers."""
    moved = PYTHON_LIBRARY.replace("line 12", "line 99").replace("line 30", "line 31")
    kind = "sqlalchemy.exc.ProgrammingError"
    assert read_exception(kind, "", PYTHON_LIBRARY).fingerprint == read_exception(kind, "", moved).fingerprint


LOOKED_UP = """Traceback (most recent call last):
  File "/srv/venv/lib/python3.11/site-packages/django/template/defaulttags.py", line 1023, in find_library
    return parser.libraries[name]
KeyError: 'humanize'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/srv/shop/views.py", line 7, in show
    return render(request, "show.html")
  File "/srv/venv/lib/python3.11/site-packages/django/template/defaulttags.py", line 1025, in {function}
    raise TemplateSyntaxError(
django.template.exceptions.TemplateSyntaxError: 'humanize' is not a registered tag library. Must be one of:
cache
"""


@pytest.mark.parametrize(("function", "origin"), [("find_library", "TemplateSyntaxError"), ("compile", "KeyError")])
def test_a_library_that_puts_its_own_look_up_into_words_is_the_origin(function: str, origin: str) -> None:
    """The same function failed to look it up and says so; another function may have had another trouble."""
    stack = read_stack(LOOKED_UP.format(function=function))
    assert stack.origin is not None
    assert origin == stack.origin.type.rpartition(".")[2]


def test_an_answer_that_is_not_as_declared_is_of_its_endpoint() -> None:
    """FastAPI tells the endpoint in the message; the only frame of the user's own is a middleware's."""
    read = read_exception(
        "",
        "",
        'Traceback (most recent call last):\n  File "/srv/shop/app.py", line 12, in dispatch\n    response = await call_next(request)\n'
        '  File "/srv/venv/lib/python3.11/site-packages/fastapi/routing.py", line 180, in serialize_response\n'
        "fastapi.exceptions.ResponseValidationError: 1 validation error:\n  {'type': 'int_parsing', 'loc': ('response', 'id')}\n\n"
        '  File "/srv/shop/app.py", line 25, in shape\n    GET /shape\n',
    )
    assert ("/srv/shop/app.py", 25, "shape") == (read.file, read.line, read.function)


def test_a_root_that_tomcat_puts_below_a_chain_is_its_last() -> None:
    chain = "a.B: no; nested exception is a.C: no] with root cause"
    assert ["a.B", "a.C", "a.D"] == [one.type for one in inline.read(f"{chain}\na.D: why\n  more")]
    assert ("a.C", "why") == (inline.read(f"{chain}\na.C: why")[-1].type, inline.read(f"{chain}\na.C: why")[-1].message)
    assert ["a.B", "a.C"] == [one.type for one in inline.read(f"{chain}\nGET /a 200")]
