"""What apps and their process managers print: which lines belong together, and to which request."""

import json
from pathlib import Path

import pytest

from culpa.collector.formats import (
    LineSplitter,
    Record,
    RecordAssembler,
    Row,
    Source,
    Unreadable,
    by_name,
    tables_of,
)
from culpa.collector.formats._python_lines import said

GOLDEN = Path(__file__).parent / "golden"

TRACE = 'Traceback (most recent call last):\n  File "/srv/shop/cart.py", line 8, in total\n    return {}[key]\n'
ACCESS = 'INFO:     10.0.0.9:0 - "GET {path} HTTP/1.1" {status} Words'
FAILED = "ERROR:    Exception in ASGI application"
RID = "0bc41690896dfd24806b37f9356eb2e7"


def rows_of(format_name: str, *lines: str, cut: int = 0) -> list[Row]:
    """Read a file of these lines; with `cut`, as two files, rotated before that line."""
    content = "".join(f"{line}\n" for line in lines).split("\n")
    parts = [content[:cut], content[cut:]] if cut else [content]
    known, rows = by_name(format_name), []
    for part in parts:
        records, splitter = RecordAssembler(known), LineSplitter()
        raw = "\n".join(part).encode()
        found = [record for line in [*splitter.feed(raw), *splitter.rest()] for record in records.add(line)]
        for record in [*found, *records.flush()]:
            try:
                row = known.read(record, Source("app.log"))
            except Unreadable:
                continue
            rows += [row] if row else []
    return rows


def exceptions_of(rows: list[Row]) -> list[dict[str, object]]:
    return tables_of(rows)["exceptions"].to_pylist()


def test_a_traceback_belongs_to_the_failed_request_on_the_line_before() -> None:
    """First uvicorn logs the answer 500, then the exception that led to it."""
    rows = rows_of("python_server", ACCESS.format(path="/cart?id=7", status=500), FAILED, TRACE + "KeyError: 'a'")
    assert [("GET", "/cart", "request.failed")] == [
        (row.http_request_method, row.url_path, row.event_name) for row in rows
    ]
    assert ("KeyError", "/srv/shop/cart.py", 8, "total") == tuple(
        exceptions_of(rows)[0][name] for name in ("type", "code_file_path", "code_line_number", "code_function_name")
    )
    assert rows[0].log_id == exceptions_of(rows)[0]["log_id"]


def test_a_traceback_before_the_answer_belongs_to_the_failed_request_behind_it() -> None:
    """What fails before the answer began is logged first; a success behind it is another request's."""
    answer = ACCESS.format(path="/cart", status=500)
    joined = rows_of("python_server", FAILED, TRACE + "SystemExit: 4", answer)
    assert ["/cart"] == [row.url_path for row in joined]
    printed = rows_of("python_server", TRACE + "KeyError: 'a'", answer)
    assert ["/cart"] == [row.url_path for row in printed]
    apart = rows_of("python_server", FAILED, TRACE + "SystemExit: 4", ACCESS.format(path="/x", status=200), answer)
    assert [("", True), ("/cart", False)] == [(row.url_path, bool(row.stacktrace)) for row in apart]


def test_our_own_warning_does_not_come_between_a_request_and_its_traceback() -> None:
    """It may be printed at any moment; without this the next request would get the exception."""
    lines: list[str] = []
    for path, error in (("/cart", "KeyError: 'a'"), ("/pay", "ValueError: b")):
        lines += [ACCESS.format(path=path, status=500), "culpa: 12 spans were dropped", FAILED, TRACE + error]
    rows = rows_of("python_server", *lines)
    assert [("/cart", "KeyError"), ("/pay", "ValueError")] == [
        (row.url_path, error["type"]) for row, error in zip(rows, exceptions_of(rows), strict=True)
    ]
    assert not [row for row in rows if "culpa" in row.body]


def test_a_traceback_of_starlette_takes_no_request_that_comes_after_it() -> None:
    """Its last resort answers 500 before it raises again: a later answer is another request's."""
    answered = TRACE.replace("/srv/shop/cart.py", "/v/starlette/middleware/errors.py") + "KeyError: 'a'"
    rows = rows_of("python_server", FAILED, answered, ACCESS.format(path="/pay", status=500))
    assert [("", True), ("/pay", False)] == [(row.url_path, bool(row.stacktrace)) for row in rows]


def test_one_request_line_is_not_given_to_two_tracebacks() -> None:
    """A second exception in a row keeps to itself rather than taking a request that has its own."""
    rows = rows_of(
        "python_server",
        ACCESS.format(path="/a", status=500),
        FAILED,
        TRACE + "KeyError: 'a'",
        FAILED,
        TRACE + "ValueError: b",
        ACCESS.format(path="/b", status=500),
    )
    assert [("/a", "KeyError"), ("/b", "ValueError")] == [
        (row.url_path, found["type"]) for row, found in zip(rows, exceptions_of(rows), strict=True)
    ]


def test_what_is_printed_without_a_time_has_that_of_the_line_before() -> None:
    """Lines of gunicorn bear times, the app's own prints do not."""
    rows = rows_of(
        "python_server",
        "[2026-11-22 08:00:31 +0000] [7] [INFO] Booting worker with pid: 7",
        "hello",
        TRACE + "KeyError: 'a'",
        TRACE + "ValueError: b",
    )
    assert ["worker.started", "", ""] == [row.event_name for row in rows]
    assert {1795334431 * 10**9} == {row.time for row in rows}
    assert ["KeyError", "ValueError"] == [found["type"] for found in exceptions_of(rows)]


def test_a_worker_s_line_with_nothing_but_the_time_of_day_is_no_part_of_the_traceback_before_it() -> None:
    """RQ's worker writes no date."""
    rows = rows_of(
        "python_server",
        "22:30:53 [Job 5a33fdd2]: exception raised while executing (shop.tasks.pay)",
        TRACE + "ValueError: no card",
        "22:30:54 Moving job to FailedJobRegistry (Work-horse terminated unexpectedly; waitpid returned 9 (signal 9); )",
    )
    assert [("ValueError", "no card")] == [(one["type"], one["message"]) for one in exceptions_of(rows)]


def test_the_request_is_read_out_of_what_frameworks_log() -> None:
    """Servers and frameworks name it in the message."""
    messages = [
        "[2026-11-22 08:00:31 +0000] [7] [ERROR] Error handling request POST /a",
        "[2026-11-22 08:00:31 +0000] [7] [ERROR] Error handling request /a",
        "[2026-11-22 08:00:31,123] ERROR in app: Exception on /a [POST]",
        "2026-11-22 08:00:31,123 ERROR django.request Internal Server Error: /a",
    ]
    rows = [rows_of("python_server", message, TRACE + "KeyError: 'a'")[0] for message in messages]
    assert [("POST", "/a"), ("", "/a"), ("POST", "/a"), ("", "/a")] == [
        (row.http_request_method, row.url_path) for row in rows
    ]
    assert {"request.failed"} == {row.event_name for row in rows}


def test_a_logged_trace_id_and_service_are_taken() -> None:
    """OpenTelemetry's `logging` format puts them into each line, at any level."""
    line = (
        "2026-11-22 08:00:31,123 INFO [cart] [cart.py:8] [trace_id=0bc41690896dfd24806b37f9356eb2e7 "
        "span_id=806b37f9356eb2e7 resource.service.name=shop trace_sampled=True] - empty cart"
    )
    row = rows_of("python_server", line)[0]
    assert (RID, "806b37f9356eb2e7", "shop") == (row.trace_id, row.span_id, row.service_name)


def test_lines_of_requests_that_went_well_and_of_prints_are_dropped() -> None:
    """Colours of a terminal change nothing."""
    lines = [
        ACCESS.format(path="/a", status=200),
        ACCESS.format(path="/a", status=404),
        '\x1b[32mINFO\x1b[0m:     10.0.0.9:0 - "GET /a HTTP/1.1" 200 OK',
        "a print",
        "2026-11-22 08:00:31,123 INFO shop: sold one",
        '10.0.0.9 - - [22/Nov/2026:08:00:31 +0000] "GET /a HTTP/1.1" 200 2 "-" "curl"',
    ]
    assert [] == rows_of("python_server", *lines)
    assert 1 == len(rows_of("python_server", *lines, lines[-1].replace('" 200', '" 500')))


def test_a_program_that_dies_of_an_exception_is_told_from_one_that_prints_it() -> None:
    """The outermost frame is the main module: nothing was left to catch it."""
    main = 'Traceback (most recent call last):\n  File "/srv/app.py", line 3, in <module>\n'
    loading = main + '  File "<frozen importlib._bootstrap>", line 1206, in _gcd_import\nModuleNotFoundError: x'
    events = [
        rows_of("python_server", text)[0].event_name
        for text in (main + "    run()\nKeyError: 'a'", loading, TRACE + "KeyError: 'a'")
    ]
    assert ["server.crashed", "process.boot_failed", ""] == events


def test_several_errors_of_node_in_a_row_are_kept_apart() -> None:
    """Properties behind the frames belong to the error, other output to nobody."""
    rows = rows_of(
        "node_output",
        "listening on 3000",
        "Error: connect ECONNREFUSED 10.0.0.2:5432",
        "    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16) {",
        "  errno: -111,",
        "  code: 'ECONNREFUSED',",
        "}",
        "GET / 500",
        "TypeError: x is not a function",
        "    at /srv/shop/app.js:7:34",
    )
    assert ["ECONNREFUSED", ""] == [found["error_code"] for found in exceptions_of(rows)]
    assert ["Error", "TypeError"] == [found["type"] for found in exceptions_of(rows)]


def test_what_ruby_prints_of_a_start_is_one_record_and_another_try_is_another() -> None:
    """Its server's word, the exception and its cause; requests that go well, and lines of the app's own, are nobody's."""
    start = [
        "Puma starting in single mode...",
        "! Unable to load application: RuntimeError: no port",
        "/srv/shop/config/puma.rb:4:in `rescue in <main>': no port (RuntimeError)",
        "\tfrom /srv/shop/config/puma.rb:1:in `<main>'",
        '/srv/shop/config/puma.rb:2:in `Integer\': invalid value for Integer(): "x" (ArgumentError)',
        "\tfrom /srv/shop/config/puma.rb:2:in `<main>'",
    ]
    rows = rows_of("ruby_output", *start, "cart is empty", *start, '127.0.0.1 - - "GET / HTTP/1.1" 200 2')
    assert ["server.started", "process.boot_failed"] * 2 == [row.event_name for row in rows]
    assert [["RuntimeError", "ArgumentError"]] * 2 == [found["chain"] for found in exceptions_of(rows)]


def test_an_exception_of_ruby_is_a_failed_start_only_while_the_app_is_loaded() -> None:
    """A job that dies in its own code has served."""
    loading = "/srv/shop/config.ru:1:in `require': cannot load such file -- nope (LoadError)"
    working = "/srv/shop/job.rb:7:in `work': none left (IndexError)"
    rows = rows_of("ruby_output", loading, "\tfrom /gems/rack/lib/rack/builder.rb:116:in `eval'", "", working)
    assert [("process.boot_failed", "LoadError"), ("server.crashed", "IndexError")] == [
        (row.event_name, row.exception_type) for row in rows
    ]


def test_a_module_that_node_cannot_load_is_a_failed_start_however_deep_the_stack_is() -> None:
    """Libraries that watch `require` take of the ten frames; the main module's own is then cut off."""
    [row] = rows_of(
        "node_output",
        "node:internal/modules/cjs/loader:1210",
        "  throw err;",
        "  ^",
        "",
        "Error: Cannot find module 'payment-sdk'",
        "Require stack:",
        "- /srv/shop/app.js",
        "    at Module._resolveFilename (node:internal/modules/cjs/loader:1207:15)",
        "    at Module.patchedRequire (/srv/shop/node_modules/require-in-the-middle/index.js:186:34)",
        "    at require (node:internal/modules/helpers:182:18)",
        "    at Object.<anonymous> (/srv/shop/app.js:13:34)",
        "    at Module._compile (node:internal/modules/cjs/loader:1521:14)",
        "    at Module.load (node:internal/modules/cjs/loader:1266:32) {",
        "  code: 'MODULE_NOT_FOUND'",
        "}",
        "",
        "Node.js v20.20.2",
    )
    assert "process.boot_failed" == row.event_name


def test_lines_of_two_rails_requests_that_mix_are_told_apart_by_their_tags() -> None:
    """Threads write into one log; each line names its request."""
    other = "f" * 31 + "0"
    rows = rows_of(
        "rails_log",
        f'[{RID}] Started GET "/a" for 10.0.0.9 at 2026-11-22 08:13:40 +0000',
        f'[{other}] Started GET "/b" for 10.0.0.9 at 2026-11-22 08:13:40 +0000',
        f"[{RID}] Completed 500 Internal Server Error in 6ms (Allocations: 1334)",
        f"[{RID}]   ",
        f"[{RID}] KeyError (key not found):",
        f"[{RID}]   ",
        f"[{RID}] app/models/cart.rb:53:in `total'",
        f"[{other}] Completed 200 OK in 9ms (Allocations: 1334)",
    )
    failed = [row for row in rows if row.event_name == "request.failed"]
    assert [(RID, "KeyError")] == [(row.trace_id, row.exception_type) for row in failed]
    assert {RID, other} == {row.trace_id for row in rows}


def test_causes_that_newer_rails_prints_are_the_origin() -> None:
    """Since 7.1 each cause has a section of its own."""
    rows = rows_of(
        "rails_log",
        'Started GET "/a" for 10.0.0.9 at 2026-11-22 08:13:40 +0000',
        "Completed 500 Internal Server Error in 6ms (Allocations: 1334)",
        "  ",
        "ActionView::Template::Error (no total)",
        "Caused by: KeyError (key not found: :total)",
        "",
        "Information for: ActionView::Template::Error (no total):",
        "    1: <%= total %>",
        "  ",
        "app/views/cart.html.erb:1",
        "app/models/cart.rb:9:in `total'",
        "",
        "Information for cause: KeyError (key not found: :total):",
        "  ",
        "app/models/cart.rb:12:in `fetch'",
    )
    found = exceptions_of(rows)[0]
    assert ("ActionView::Template::Error", "KeyError", "app/models/cart.rb", 12) == (
        found["type"],
        found["origin_type"],
        found["code_file_path"],
        found["code_line_number"],
    )


@pytest.mark.parametrize("name", ["laravel_log", "laravel_json"])
def test_laravel_s_exception_is_told_with_what_led_to_it(name, read) -> None:
    """Both formats print the driver's error behind the framework's."""
    golden = json.loads((GOLDEN / f"{name}.json").read_text())
    found = exceptions_of([read(name, golden["line"])])[0]
    assert ("Illuminate\\Database\\QueryException", "PDOException") == (found["type"], found["origin_type"])
    assert found["error_code"] in {"08006", "42P01"}


def test_what_two_workers_of_fpm_print_at_once_is_told_apart() -> None:
    """Each line names the child; an error that another cuts in two keeps its beginning."""
    said = '[24-Nov-2026 10:49:01] WARNING: [pool shop] child {} said into stderr: "{}"'
    rows = rows_of(
        "php_fpm_log",
        said.format(1, "NOTICE: PHP message: PHP Fatal error:  Uncaught E: one in /srv/a.php:3"),
        said.format(1, "Stack trace:"),
        said.format(1, "#0 {main}"),
        said.format(2, "NOTICE: PHP message: PHP Fatal error:  Uncaught F: two in /srv/b.php:4"),
        said.format(1, "  thrown in /srv/a.php on line 3"),
    )
    assert [(1, "E: one"), (2, "F: two")] == [(row.process_pid, row.body) for row in rows[:2]]
    assert ["E", "F"] == [found["type"] for found in exceptions_of(rows)]


def test_the_output_of_an_fpm_container_is_read_line_by_line() -> None:
    """There the access log and the workers' undecorated words stand in one stream."""
    rows = rows_of(
        "php_fpm_log",
        "[24-Nov-2026 10:49:00] NOTICE: ready to handle connections",
        "NOTICE: PHP message: PHP Fatal error:  Uncaught E: one in /srv/a.php:3",
        "Stack trace:",
        "#0 {main}",
        "  thrown in /srv/a.php on line 3",
        '10.0.0.9 -  24/Nov/2026:10:49:01 +0000 "GET /index.php" 500',
        '10.0.0.9 -  24/Nov/2026:10:49:01 +0000 "GET /index.php" 200',
    )
    assert ["server.ready", "request.failed", "request.failed"] == [row.event_name for row in rows]
    assert [1795517340, 1795517340, 1795517341] == [row.time // 10**9 for row in rows]
    assert "" == rows[2].url_path, "a front controller stands for every path"


def test_a_log_that_is_rotated_inside_a_record_costs_that_record_at_most() -> None:
    """Whichever line a rotation stands before, nothing is raised, and the record behind it is whole."""
    for name in (
        "python_server-boot",
        "node_output-driver",
        "rails_log-exception",
        "laravel_log",
        "php_fpm_slow",
    ):
        golden = json.loads((GOLDEN / f"{name}.json").read_text())
        lines = golden["line"].split("\n")
        for cut in range(1, len(lines)):
            rows = rows_of(golden["format"], *lines, *lines, cut=cut)
            tables_of(rows)
            bodies = [row.body for row in rows]
            assert golden["row"]["body"] in bodies, (name, cut)


def test_a_line_of_megabytes_costs_little(read) -> None:
    """Only its beginning is looked into; the pattern that would try again at every place is not asked."""
    line = "[2026-11-22 08:17:26] production.ERROR: " + "[object] (A(code: 0): x at /a in " * 30_000
    row = by_name("laravel_log").read(Record(line, 0, 1, 1), Source("x"))
    assert 1 == tables_of([row])["logs"].num_rows


def test_secrets_in_what_apps_print_do_not_reach_the_tables() -> None:
    """Messages, paths, stack traces and properties are redacted; what diagnosis needs is kept."""
    rows = [
        *rows_of(
            "python_server",
            ACCESS.format(path="/a?token=hunter2secret", status=500),
            FAILED,
            TRACE + "RuntimeError: password=hunter3secret for jo.doe@example.com",
        ),
        *rows_of(
            "node_output",
            "Error: cannot reach postgres://u:hunter4secret@db/shop",
            "    at /srv/shop/app.js:7:34 {",
            "  detail: 'Key (email)=(jo.doe@example.com) already exists.',",
            "}",
        ),
    ]
    stored = str([table.to_pylist() for table in tables_of(rows).values()])
    assert "hunter" not in stored
    assert "jo.doe" not in stored
    assert "RuntimeError" in stored and "/srv/shop/app.js" in stored


PHP_FATAL = (
    "PHP message: PHP Warning:  a in /srv/a.php on line 1; PHP message: PHP Fatal error:  Uncaught RuntimeException: "
    "not opened in append mode: Failed in /srv/shop/a.php:3{end}Stack trace:{end}#0 {{main}}{end}  thrown in /srv/shop/a.php on line 3"
)


@pytest.mark.parametrize(
    ("format_name", "line"),
    [
        (
            "nginx_error",
            '2026/11/22 08:03:20 [error] 9#9: *7 FastCGI sent in stderr: "'
            + PHP_FATAL.format(end="\n")
            + '" while reading response header from upstream, client: 10.0.0.9, server: shop, request: "GET /a HTTP/1.1"',
        ),
        (
            "apache_error",
            "[2026-11-22 08:03:20.450977] [proxy_fcgi:error] [pid 9] AH01071: Got error '"
            + PHP_FATAL.format(end="\\n")
            + "'",
        ),
    ],
)
def test_what_ended_a_script_stands_in_the_web_servers_log(format_name: str, line: str) -> None:
    """PHP writes it to its error stream, behind warnings that ended nothing."""
    (raised,) = exceptions_of(rows_of(format_name, line))
    assert ("RuntimeException", "not opened in append mode: Failed", "/srv/shop/a.php", 3) == tuple(
        raised[name] for name in ("type", "message", "code_file_path", "code_line_number")
    )


@pytest.mark.parametrize(
    ("format_name", "line", "event"),
    [
        ("python_server", "Failed to find attribute 'app' in 'shop'.", "process.boot_failed"),
        ("node_output", "<--- Last few GCs --->\nFATAL ERROR: JavaScript heap out of memory", "memory.exhausted"),
        (
            "php_fpm_log",
            "[22-Nov-2026 08:03:10] ERROR: failed to open error_log (/a.log): Permission denied (13)",
            "process.boot_failed",
        ),
    ],
)
def test_last_words(format_name: str, line: str, event: str) -> None:
    """What a process says of why it cannot go on."""
    assert [event] == [row.event_name for row in rows_of(format_name, line)]


@pytest.mark.parametrize(
    ("prefixed", "time", "request_line"),
    [
        # Django 5, topics/logging, `verbose`; cookiecutter-django
        ("ERROR 2024-05-01 10:00:01,123 views 12 140230 Internal Server Error: /a", 1.123, ("", "/a")),
        ("2024-05-01 10:00:01,123 [ERROR] django.request: Internal Server Error: /a", 1.123, ("", "/a")),
        ("[2024-05-01 10:00:01,123] ERROR [django.request:241] Internal Server Error: /a", 1.123, ("", "/a")),
        ("2024-05-01 10:00:01,123 - django.request - ERROR - Internal Server Error: /a", 1.123, ("", "/a")),
        ("2024-05-01 10:00:01,123 ERROR shop MainThread : Internal Server Error: /a", 1.123, ("", "/a")),
        ("[01/May/2024 10:00:01] ERROR [django.request:241] Internal Server Error: /a", 1, ("", "/a")),
        ("[ERROR] 2024-05-01 10:00:01,123 django.request Internal Server Error: /a", 1.123, ("", "/a")),
        # loguru 0.7, LOGURU_FORMAT
        (
            "2024-05-01 10:00:01.123 | ERROR    | django.request:log_response:241 - Internal Server Error: /a",
            1.123,
            ("", "/a"),
        ),
        # Flask-AppBuilder and Superset, LOG_FORMAT
        ("2024-05-01 10:00:01,123:ERROR:app:Exception on /a [GET]", 1.123, ("GET", "/a")),
        # Celery 5, worker_log_format
        ("[2024-05-01 10:00:01,123: ERROR/MainProcess] Internal Server Error: /a", 1.123, ("", "/a")),
        # Airflow 2, log_format
        ("[2024-05-01T10:00:01.123+0000] {app.py:1414} ERROR - Exception on /a [GET]", 1.123, ("GET", "/a")),
        # structlog 24, ConsoleRenderer
        (
            "2024-05-01T10:00:01.123Z [error    ] request_failed   [shop.views] code=500 request='GET /a'",
            1.123,
            ("GET", "/a"),
        ),
        # Tornado 6, LogFormatter; Jupyter Server 2
        ("[E 240501 10:00:01 web:1871] Uncaught exception GET /a (127.0.0.1)", 1, ("GET", "/a")),
        ("[E 2024-05-01 10:00:01.123 ServerApp] Uncaught exception GET /a (127.0.0.1)", 1.123, ("GET", "/a")),
        # Jupyter Notebook 6, JupyterHub 4
        ("[E 10:00:01.123 NotebookApp] Uncaught exception GET /a (127.0.0.1)", 0, ("GET", "/a")),
        ("[E 2024-05-01 10:00:01.123 JupyterHub web:1871] Uncaught exception GET /a (127.0.0.1)", 1.123, ("GET", "/a")),
        ("[E 10:00:01.123 LabApp] 500 GET /a (::1) 4.18ms referer=http://localhost:8888/lab", 0, ("GET", "/a")),
        ("[E 2024-05-01 10:00:01.123 JupyterHub log:189] 500 GET /a (kim@10.0.0.9) 4.18ms", 1.123, ("GET", "/a")),
        # pyramid_exclog 1, behind two forms of people's own
        ("2024-05-01 10:00:01,123 ERROR [exc_logger:114][waitress-1] 'http://shop/a?x=1'", 1.123, ("", "/a")),
        ("2024-05-01 10:00:01,123 ERROR [exc_logger][MainThread] 'https://shop.example/a'", 1.123, ("", "/a")),
        # rich 13, RichHandler
        ("[05/01/24 10:00:01] ERROR    Internal Server Error: /a", 1, ("", "/a")),
        # without a time
        ("ERROR django.request: Internal Server Error: /a", 0, ("", "/a")),
        ("CRITICAL:django.request:Internal Server Error: /a", 0, ("", "/a")),
        ("Internal Server Error: /a", 0, ("", "/a")),
    ],
)
def test_whatever_stands_before_the_sentence_time_request_and_exception_are_read(prefixed, time, request_line) -> None:
    """A dated line before does not date one that has no time: that may be long after."""
    stack = 'Traceback (most recent call last):\n  File "/srv/a.py", line 1, in x\n    1 / 0\nZeroDivisionError: division by zero'
    before = "[2024-05-01 09:00:00 +0000] [7] [INFO] Listening at: http://0.0.0.0:8000 (7)"
    known = by_name("python_server")
    records = RecordAssembler(known)
    text = f"{before}\n{prefixed}\n{stack}\n{before}\n".encode()
    found = [record for line in LineSplitter().feed(text) for record in records.add(line)]
    assert 2 == len(found)
    row = known.read(found[1], Source("app.log"))
    at = 1714557600 + time if time else 0
    assert (round(at * 1000), request_line) == (row.time // 1_000_000, (row.http_request_method, row.url_path))
    assert stack == row.stacktrace


@pytest.mark.parametrize(
    "line",
    ["[ERROR]", "ERROR 2024", "2024-05-01 something went well", "[E sharp] note", "error: Internal Server Error: /a"],
)
def test_what_is_no_prefix_says_nothing(line) -> None:
    assert None is said(line)


@pytest.mark.parametrize(
    ("format_name", "line", "event"),
    [
        (
            "spring_boot_log",
            "2024-03-13T12:31:33.601Z ERROR 1 --- [           main] o.s.boot.SpringApplication               : "
            "Application run failed",
            "process.boot_failed",
        ),
        (
            "spring_boot_log",
            "2024-03-13T12:31:33.601Z  INFO 1 --- [           main] shop.ShopApplication                     : "
            "Started ShopApplication in 3.2 seconds (process running for 3.9)",
            "server.ready",
        ),
        (
            "dropwizard_log",
            "ERROR [2024-03-13 12:31:33,601] io.dropwizard.cli.ServerCommand: Unable to start server, shutting down",
            "process.boot_failed",
        ),
    ],
)
def test_a_start_that_went_wrong_or_well_is_an_event(format_name: str, line: str, event: str) -> None:
    assert [event] == [row.event_name for row in rows_of(format_name, line)]
