"""Exceptions, stacks, messages and bodies from outside, doubled: none costs more than its length says."""

from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest
from linearity.growth import growing
from linearity.hostile import of_line
from sweeps import some

from culpa.collector.exceptions.callee import find_callee
from culpa.collector.exceptions.error_code import find_error_code
from culpa.collector.exceptions.fingerprint import fingerprint_of
from culpa.collector.exceptions.log_body import exception_in
from culpa.collector.exceptions.named_error import error_said
from culpa.collector.exceptions.stacktrace import read_stack
from culpa.instrumentation.calls.sqlcomment import commented
from culpa.instrumentation.exceptions.caught import has_gone_on, is_signal
from culpa.instrumentation.exceptions.errorcode import error_code

_MOST_TEXTS, _EVERYDAY_TEXTS = 700, 150

_STACKS = {
    "python": 'Traceback (most recent call last):\n  File "/srv/shop/app.py", line 12, in pay\n    charge()\n'
    'psycopg.errors.UndefinedTable: relation "orders" does not exist\nLINE 1: select\n\n'
    "The above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n"
    '  File "/srv/shop/web.py", line 3, in view\nshop.errors.Failed: no orders',
    "group": '  + Exception Group Traceback (most recent call last):\n  |   File "/srv/a.py", line 2, in f\n'
    "  | ExceptionGroup: two (2 sub-exceptions)\n  +-+---------------- 1 ----------------\n"
    '    | Traceback (most recent call last):\n    |   File "/srv/a.py", line 9, in g\n    | ValueError: x\n'
    "    +---------------- 2 ----------------\n    | KeyError: 'y'\n    +------------------------------------",
    "java": "java.lang.IllegalStateException: cannot pay\n\tat com.shop.Pay.charge(Pay.java:12)\n"
    "\tat java.base/java.net.Socket.connect(Socket.java:3)\nCaused by: java.net.ConnectException: Connection refused\n"
    "\t... 3 more",
    "node": "Error: connect ECONNREFUSED 127.0.0.1:5432\n    at async pay (file:///srv/pay.mjs:12:3)\n"
    "    at /srv/web.js:3:1\n  [cause]: TypeError [ERR_X]: no",
    "dotnet": "System.InvalidOperationException: no (0x80004005)\n ---> System.Net.Sockets.SocketException (111): refused\n"
    "   at Shop.Pay.Charge(String id) in /src/Pay.cs:line 12\n   at Shop.Web.View()",
    "php": "Shop\\Failed: no orders in /srv/pay.php:12\nStack trace:\n#0 /srv/web.php(3): Shop\\Pay->charge()\n"
    "#1 [internal function]: x()\n#2 {main}\n\nNext RuntimeException: late in /srv/web.php:9\nStack trace:\n#0 {main}",
    "ruby": "/srv/pay.rb:12:in 'charge': no orders (Shop::Failed)\n\tfrom /srv/web.rb:3:in 'block in view'\n"
    "/srv/pay.rb:9:in `rescue in pay': refused (Errno::ECONNREFUSED)\n\tfrom /usr/lib/ruby/3.1/net/http.rb:9:in 'x'",
    "go": "panic: runtime error: index out of range\n\ngoroutine 1 [running]:\nmain.pay(0x1)\n\t/srv/pay.go:12 +0x1d\n"
    "net/http.HandlerFunc.ServeHTTP(...)\n\t/usr/lib/go/src/net/http/server.go:3 +0x2",
    "elixir": "** (Shop.Failed) no orders\n    (shop 0.1.0) lib/shop/pay.ex:12: Shop.Pay.charge/1\n"
    "    (plug 1.14.0) lib/plug.ex:3: Plug.run/2",
}
_MESSAGES = (
    'connection to server at "db" (10.0.0.1), port 5432 failed: FATAL: database "shop" does not exist',
    "HTTPConnectionPool(host='pay', port=80): Max retries exceeded with url: /charge (Caused by NewConnectionError("
    "'<urllib3.connection>: Failed to establish a new connection: [Errno 111] Connection refused'))",
    "SQLSTATE[HY000] [2002] Connection refused (Connection: mysql, SQL: select 1)",
    "failed to connect to `host=db user=app database=shop`: dial tcp 10.0.0.1:5432: connect: connection refused",
    "(pymysql.err.OperationalError) (1045, \"Access denied for user 'app'@'10.0.0.1' (using password: YES)\")",
    "rpc error: code = Unavailable desc = name resolver error: produced zero addresses",
    "ERR_X Connection refused: pay/10.0.0.1:80; nested exception is java.net.ConnectException: Connection refused",
    "No instances available for service: pay-service, 503 Service Unavailable: [no body]",
)
_TYPES = (
    "psycopg2.errors.UndefinedTable", "org.springframework.web.client.HttpServerErrorException$ServiceUnavailable",
    "Shop\\Pay\\Failed", "Mysql2::Error::ConnectionError", "app.<locals>.f$1$lambda", "ER_NO_SUCH_TABLE", "*pgconn.PgError",
)  # fmt: skip


class _Refused(Exception):
    """As psycopg raises it."""


_Refused.__module__ = "psycopg"

_OF_STACKS: dict[str, Callable[[str], object]] = {
    "read_stack": read_stack.__wrapped__,
    "find_callee": lambda text: find_callee("", "", text),
    "exception_in": exception_in,
}
_OF_MESSAGES: dict[str, Callable[[str], object]] = {
    "find_callee": lambda text: find_callee("", text, ""),
    "find_callee of a name": lambda text: find_callee("java.net.UnknownHostException", text, ""),
    "find_error_code": lambda text: find_error_code(("",), (text,)),
    "fingerprint_of": lambda text: fingerprint_of("X", text, ()),
    "exception_in": exception_in,
    "error_said": error_said,
    "the driver's code": lambda text: error_code([_Refused(text)]),
    "a statement's comment": commented,
}
_OF_TYPES: dict[str, Callable[[str], object]] = {
    "find_callee": lambda text: find_callee(text, "", ""),
    "find_error_code": lambda text: find_error_code((text,), ("",)),
    "fingerprint_of a type": lambda text: fingerprint_of(text, "", ()),
    "fingerprint_of a function": lambda text: fingerprint_of("", "", (text,)),
    "has_gone_on": lambda text: (has_gone_on(text, "requests.X"), has_gone_on("x", text), is_signal(text)),
}


def _hostile(line: str) -> list[Any]:
    return some(list(islice(of_line(line), _MOST_TEXTS)), _EVERYDAY_TEXTS)


@pytest.mark.parametrize("language", _STACKS)
@pytest.mark.parametrize("reader", _OF_STACKS)
def test_no_stack_costs_more_than_its_length_says(language: str, reader: str) -> None:
    assert [] == list(growing(_OF_STACKS[reader], _hostile(_STACKS[language])))


@pytest.mark.parametrize("reader", _OF_MESSAGES)
def test_no_message_costs_more_than_its_length_says(reader: str) -> None:
    told: list[str] = []
    for message in _MESSAGES:
        told += growing(_OF_MESSAGES[reader], _hostile(message))
    assert [] == told


@pytest.mark.parametrize("reader", _OF_TYPES)
def test_no_type_costs_more_than_its_length_says(reader: str) -> None:
    told: list[str] = []
    for kind in _TYPES:
        told += growing(_OF_TYPES[reader], _hostile(kind))
    assert [] == told
