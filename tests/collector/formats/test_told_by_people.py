"""Lines of apps as people lay them out: a failed request is told from what only looks like one."""

import pytest

from culpa.collector.events import failed_answer, framework_failure
from culpa.collector.formats import LogRow, Record, Source, Unreadable, by_name, mixture


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("POST /login (130 ms) 500", ("POST", "/login", 500)),
        ("500 GET /a (10.0.0.5) 35.02ms", ("GET", "/a", 500)),
        ("[500] GET /api/users/1/", ("GET", "/api/users/1/", 500)),
        ("10.0.0.4 GET /a ImmutableMultiDict([('q', 'b c')]) 500, takes 0.012", ("GET", "/a", 500)),
        ("--> POST /a 503 110ms 47B a01", ("POST", "/a", 503)),
        ("GET /a HTTP/1.1 - 502", ("GET", "/a", 502)),
        ("completed GET /a with 503 in 3ms", ("GET", "/a", 503)),
        ("GET /a status=500 duration=3ms", ("GET", "/a", 500)),
        # Near, and no failure of the program's own.
        ("GET /orders 200 500 - 12 ms", None),
        ("GET /a took 512 ms", None),
        ("GET /a of 500 rows", None),
        ("POST /transfer amount 500", None),
        ("axios GET /x failed with 500", None),
        ("upstream answered GET /x 502", None),
        ('http://db:80 "GET /v1 HTTP/1.1" 500 None', None),
        ("POST /_search [status:500 request:0.003s]", None),
        ("404 GET /a 500ms", None),
        ("Started GET /a for 10.0.0.5", None),
    ],
)
def test_a_request_is_told_with_its_answer_in_whatever_order(line: str, asked: tuple[str, str, int] | None) -> None:
    assert asked == failed_answer(line)


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        ("Uncaught exception GET /a (10.0.0.5)", ("GET", "/a")),
        ("Error on request:", ("", "")),
        ("http: panic serving 10.0.0.5:50479: runtime error: index out of range", ("", "")),
        ("error running API route", ("", "")),
        ("Error processing request GET /a: boom", ("GET", "/a")),
        ("An unhandled exception occurred while processing the request.", ("", "")),
        ("[GlobalExceptionHandler] Uncaught internal server error [requestId=7]", ("", "")),
        ("[24][Shop.Middleware] An unhandled exception has occurred while executing the request.", ("", "")),
        ("UT005022: Exception generating error page /error", ("", "")),
        ("[24] internal server errors are rare", None),
        ("Uncaught exception in thread", None),
        ("Error while executing query", None),
        ("error sending request for url (http://pay/)", None),
        ("Error processing message 7 of queue orders", None),
        ("request processed without error", None),
    ],
)
def test_words_that_say_that_a_request_failed(message: str, asked: tuple[str, str] | None) -> None:
    assert asked == framework_failure(message)


def row_of(line: str, name: str = "") -> LogRow | None:
    """Return the row of a record, in the format that it is recognised as if none is named."""
    found = mixture("app.log", line.split("\n"))
    known = by_name(name or (found.names[0] if found else "node_output"))
    try:
        row = known.read(Record(line, 0, len(line), 1), Source("app.log"))
    except Unreadable:
        return None
    assert row is None or isinstance(row, LogRow)
    return row


def names_of(*lines: str) -> tuple[str, ...]:
    found = mixture("x.log", lines)
    return found.names if found else ()


_FRAME = "\n    at node:internal/deps/undici/undici:15845:13"


@pytest.mark.parametrize(
    ("record", "asked"),
    [
        (f"[500] GET /a?b=1\nTypeError: fetch failed{_FRAME}", ("GET", "/a", "request.failed")),
        (f" ERROR  [nuxt] [request error] [unhandled] [500] fetch failed{_FRAME}", ("", "", "request.failed")),
        (f"[request error] [unhandled] [GET] http://x:3000/a\n\n H3Error: no{_FRAME}", ("GET", "/a", "request.failed")),
        (f"[nuxt] warn: slow{_FRAME}", None),
        ("[404] GET /a", None),
    ],
)
def test_a_framework_of_node_names_the_request(record: str, asked: tuple[str, str, str] | None) -> None:
    row = row_of(record, "node_output")
    told = (row.http_request_method, row.url_path, row.event_name) if row and row.event_name else None
    assert asked == told


def test_a_crash_of_an_old_node_is_a_failed_start_also_where_a_drain_took_the_indentation() -> None:
    lines = [
        "module.js:487",
        "throw err;",
        "^",
        "",
        "Error: Cannot find module 'x'",
        "at Function.Module._load (module.js:437:25)",
        "at Object.<anonymous> (/app/index.js:1:79)",
    ]
    row = row_of("\n".join(lines), "node_output")
    assert row is not None and "process.boot_failed" == row.event_name
    assert "    at Object.<anonymous> (/app/index.js:1:79)" in row.stacktrace


@pytest.mark.parametrize(
    ("record", "event"),
    [
        (
            "[27-Sep-2020 19:19:49 UTC] PHP Fatal error:  Call to undefined function f() in /srv/a.php on line 3",
            "request.failed",
        ),
        ("[27-Sep-2020 19:19:49 UTC] PHP Warning:  mysqli::connect(): gone in /srv/a.php on line 3", ""),
        (
            "[27-Sep-2020 19:19:49 UTC] PHP Fatal error:  Uncaught Error: no in /srv/artisan:3\nStack trace:\n#0 {main}",
            "",
        ),
    ],
)
def test_a_script_that_ended_is_a_failed_request_unless_nobody_asked_for_it(record: str, event: str) -> None:
    row = row_of(record, "php_errors")
    assert row is not None and event == row.event_name


def test_an_app_of_unknown_layout_is_read_only_where_nothing_else_is_found() -> None:
    unknown = "2024-05-01 10:00:01.123 | ERROR | POST /a (3 ms) 500"
    assert ("app_log",) == names_of(unknown)
    row = row_of(unknown)
    assert row is not None
    assert ("POST", "/a", "request.failed") == (row.http_request_method, row.url_path, row.event_name)
    known = 'INFO:     10.0.0.9:0 - "GET /a HTTP/1.1" 500 Internal Server Error'
    assert "app_log" not in names_of(unknown, known)


def test_what_nginx_told_whole_takes_no_line_of_another() -> None:
    whole = '2024/05/01 10:00:01 [error] 7#7: *1 no live upstreams, client: 10.0.0.9, host: "shop"'
    continues = by_name("nginx_error").continues
    assert continues is not None
    assert not continues([whole], "some line of a format that nobody knows")
    assert continues(['2024/05/01 10:00:01 [error] 7#7: *1 FastCGI sent in stderr: "PHP message: a'], "b")
