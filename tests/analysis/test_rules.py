"""What each rule must find, and what it must leave alone."""

from functools import partial
from typing import Any

import pytest

from culpa.analysis.pipeline.relations import relations
from culpa.analysis.pipeline.rules import rules
from culpa.knowledge import causes

SERVICE = "checkout"
DATABASE = "postgresql://db:5432/shop"

#: (exception type, message, SQLSTATE or errno, expected component, expected cause) of a failed query.
QUERIES = [
    ("psycopg.errors.UniqueViolation", "duplicate key value", "23505", SERVICE, "app.constraint_violation"),
    (
        "psycopg.errors.UniqueViolation",
        "duplicate key value violates unique constraint",
        "",
        SERVICE,
        "app.constraint_violation",
    ),
    (
        "asyncpg.exceptions.NotNullViolationError",
        "null value in column",
        "",
        SERVICE,
        "app.constraint_violation",
    ),
    (
        "psycopg2.errors.UndefinedTable",
        'relation "x" does not exist',
        "42P01",
        SERVICE,
        "config.schema_drift",
    ),
    (
        "asyncpg.exceptions.UndefinedColumnError",
        'column "y" does not exist',
        "",
        SERVICE,
        "config.schema_drift",
    ),
    (
        "psycopg.OperationalError",
        'FATAL:  database "shopp" does not exist',
        "",
        SERVICE,
        "config.schema_drift",
    ),
    (
        "psycopg.OperationalError",
        'FATAL:  password authentication failed for user "app"',
        "",
        SERVICE,
        "config.bad_credentials",
    ),
    (
        "asyncpg.exceptions.InvalidPasswordError",
        "password authentication failed",
        "28P01",
        SERVICE,
        "config.bad_credentials",
    ),
    (
        "psycopg.errors.InsufficientPrivilege",
        "permission denied for table vault",
        "",
        SERVICE,
        "config.permission_denied",
    ),
    ("psycopg.errors.SyntaxError", 'syntax error at or near "selec"', "", SERVICE, "app.bad_query"),
    ("psycopg.errors.DeadlockDetected", "deadlock detected", "40P01", DATABASE, "database.deadlock"),
    (
        "psycopg.errors.LockNotAvailable",
        "canceling statement due to lock timeout",
        "",
        DATABASE,
        "database.lock_timeout",
    ),
    (
        "psycopg.errors.SerializationFailure",
        "could not serialize access",
        "",
        DATABASE,
        "database.serialization_failure",
    ),
    (
        "psycopg.errors.QueryCanceled",
        "canceling statement due to statement timeout",
        "57014",
        DATABASE,
        "database.timeout",
    ),
    (
        "psycopg.errors.AdminShutdown",
        "terminating connection due to administrator command",
        "",
        DATABASE,
        "database.crashed",
    ),
    (
        "psycopg2.OperationalError",
        "server closed the connection unexpectedly",
        "",
        DATABASE,
        "database.crashed",
    ),
    ("psycopg.errors.DiskFull", "could not extend file", "53100", DATABASE, "database.disk_full"),
    (
        "psycopg.errors.ReadOnlySqlTransaction",
        "cannot execute INSERT in a read-only transaction",
        "",
        DATABASE,
        "database.read_only",
    ),
    (
        "asyncpg.exceptions.TooManyConnectionsError",
        "sorry, too many clients already",
        "53300",
        DATABASE,
        "database.too_many_connections",
    ),
    ("psycopg.errors.InternalError_", "invalid page in block 0", "XX001", DATABASE, "database.error"),
    (
        "psycopg.OperationalError",
        "connection failed: Connection refused",
        "",
        DATABASE,
        "database.unreachable",
    ),
    ("psycopg.OperationalError", "failed to resolve host 'db'", "", DATABASE, "database.unreachable"),
    (
        "pymysql.err.IntegrityError",
        "(1062, \"Duplicate entry '1' for key 'PRIMARY'\")",
        "1062",
        SERVICE,
        "app.constraint_violation",
    ),
    (
        "pymysql.err.OperationalError",
        "(1205, 'Lock wait timeout exceeded')",
        "1205",
        DATABASE,
        "database.lock_timeout",
    ),
    (
        "pymysql.err.OperationalError",
        "(2013, 'Lost connection to MySQL server during query')",
        "2013",
        DATABASE,
        "database.crashed",
    ),
]

#: (exception type, message, stack, expected layer, expected cause) of an exception of the app's own.
RAISED = [
    ("KeyError", "'total'", "", "app", "app.unhandled_exception"),
    ("TimeoutError", "", "", "app", "app.unhandled_exception"),
    (
        "KeyError",
        "'PAYMENTS_KEY'",
        'File "<frozen os>", line 679, in __getitem__\nFile "/usr/lib/python3.11/os.py", line 680, in __getitem__',
        "config",
        "config.missing_setting",
    ),
    (
        "django.core.exceptions.ImproperlyConfigured",
        "The SECRET_KEY setting must not be empty.",
        "",
        "config",
        "config.missing_setting",
    ),
    ("ModuleNotFoundError", "No module named 'stripe'", "", "app", "app.import_error"),
    ("MemoryError", "", "", "host", "host.memory_exhausted"),
    ("OSError", "[Errno 28] No space left on device: '/var/spool/x'", "", "host", "host.disk_full"),
    ("OSError", "[Errno 24] Too many open files: '/x'", "", "host", "host.too_many_open_files"),
    (
        "PermissionError",
        "[Errno 13] Permission denied: '/etc/shop.key'",
        "",
        "config",
        "config.permission_denied",
    ),
    (
        "sqlalchemy.exc.TimeoutError",
        "QueuePool limit of size 5 overflow 10 reached, connection timed out",
        "",
        "app",
        "app.pool_exhausted",
    ),
    ("psycopg_pool.PoolTimeout", "couldn't get a connection after 1.00 sec", "", "app", "app.pool_exhausted"),
    (
        "SystemExit",
        "1",
        'File "/x/gunicorn/workers/base.py", line 206, in handle_abort',
        "app",
        "app.worker_timeout",
    ),
]

#: (exception type, message, HTTP status of the call, expected layer, expected cause) of a failed call to an outside service.
CALLS = [
    ("", "", 500, "upstream", "upstream.error_response"),
    ("", "", 429, "upstream", "upstream.rate_limited"),
    ("", "", 401, "config", "config.bad_credentials"),
    (
        "requests.exceptions.HTTPError",
        "404 Client Error: Not Found for url: https://pay.example/v1",
        404,
        "app",
        "app.call_rejected",
    ),
    ("httpx.ReadTimeout", "The read operation timed out", 0, "upstream", "upstream.timeout"),
    ("httpx.ConnectError", "[Errno 111] Connection refused", 0, "upstream", "upstream.unreachable"),
    ("httpx.ConnectError", "[Errno -2] Name or service not known", 0, "upstream", "upstream.dns"),
    (
        "requests.exceptions.SSLError",
        "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed",
        0,
        "upstream",
        "upstream.tls",
    ),
    ("ECONNREFUSED", "connect ECONNREFUSED 10.0.0.9:443", 0, "upstream", "upstream.unreachable"),
]

#: (line of nginx's error log, expected layer, expected cause).
LINES = [
    ("connect() failed (111: Connection refused) while connecting to upstream", "app", "app.down"),
    ("no live upstreams while connecting to upstream", "app", "app.down"),
    (
        "connect() to unix:/run/app.sock failed (13: Permission denied) while connecting to upstream",
        "config",
        "config.permission_denied",
    ),
    (
        "connect() to unix:/run/app.sock failed (2: No such file or directory) while connecting to upstream",
        "app",
        "app.down",
    ),
    ("upstream sent too big header while reading response header from upstream", "app", "app.bad_response"),
    ('rewrite or internal redirection cycle while processing "/loop"', "config", "config.rewrite_loop"),
    ('limiting requests, excess: 0.9 by zone "one"', "web_server", "web_server.limit"),
    (
        "SSL_do_handshake() failed (SSL: wrong version number) while SSL handshaking to upstream",
        "config",
        "config.web_server",
    ),
    ("api.internal could not be resolved (3: Host not found)", "config", "config.web_server"),
    (
        "socket() failed (24: Too many open files) while connecting to upstream",
        "host",
        "host.too_many_open_files",
    ),
]


def fail_query(scene: Any, kind: str, message: str, code: str) -> None:
    query = scene.query(SERVICE, entry := scene.server(SERVICE, 500), at=1, lasts=2, db_response_status_code=code)
    scene.raises(query, kind, message, at=2, error_code=code)
    scene.raises(entry, kind, message, at=3, error_code=code)


def fail_alone(scene: Any, kind: str, message: str, stack: str) -> None:
    scene.raises(scene.server(SERVICE, 500), kind, message, stack=stack)


def fail_call(scene: Any, kind: str, message: str, status: int) -> None:
    entry = scene.server(SERVICE, 500)
    asked = {"url_full": "https://pay.example/v1", "http_response_status_code": status}
    call = scene.call(SERVICE, entry, at=1, lasts=5, **asked)
    if kind:
        scene.raises(call, kind, message, at=5)
        scene.raises(entry, kind, message, at=6)


def fail_behind_nginx(scene: Any, line: str) -> None:
    scene.access(502, upstream="10.0.0.5:8000", upstream_status="502")
    scene.error_line(line, upstream_address="http://10.0.0.5:8000/orders/7")


@pytest.fixture(scope="module")
def judged(verdicts_of: Any) -> Any:
    """Give the verdict of each case above: all are judged in one store."""
    plays = {one: partial(fail_query, kind=one[0], message=one[1], code=one[2]) for one in QUERIES}
    plays |= {one: partial(fail_alone, kind=one[0], message=one[1], stack=one[2]) for one in RAISED}
    plays |= {one: partial(fail_call, kind=one[0], message=one[1], status=one[2]) for one in CALLS}
    return verdicts_of(plays | {one: partial(fail_behind_nginx, line=one[0]) for one in LINES})


@pytest.mark.parametrize("case", QUERIES, ids=str)
def test_a_failed_query_names_its_cause(judged: Any, case: tuple[str, ...]) -> None:
    """By the database's code where there is one, else by the driver's words."""
    *_, component, cause = case
    verdict = judged[case]
    assert (cause.split(".")[0], component, cause) == (
        verdict["layer"],
        verdict["component"],
        verdict["cause"],
    )
    assert verdict["confidence"] >= 0.8


@pytest.mark.parametrize("case", RAISED, ids=str)
def test_an_exception_of_the_app_names_its_cause(judged: Any, case: tuple[str, ...]) -> None:
    """Where no call failed, the exception alone speaks."""
    *_, layer, cause = case
    verdict = judged[case]
    assert (layer, SERVICE, cause) == (verdict["layer"], verdict["component"], verdict["cause"])


@pytest.mark.parametrize("case", CALLS, ids=str)
def test_a_failed_call_names_its_cause(judged: Any, case: tuple[Any, ...]) -> None:
    """An outside service that sends no spans is blamed by its address, the service that showed or asked what was refused by itself."""
    *_, layer, cause = case
    verdict = judged[case]
    component = SERVICE if layer in ("app", "config") else "https://pay.example"
    assert (layer, component, cause) == (verdict["layer"], verdict["component"], verdict["cause"])


@pytest.mark.parametrize("case", LINES, ids=str)
def test_a_web_servers_error_line_names_its_cause(judged: Any, case: tuple[str, ...]) -> None:
    """The line is joined by process, connection, request and time; it knows no trace."""
    _, layer, cause = case
    verdict = judged[case]
    component = "http://10.0.0.5:8000" if layer == "app" else "nginx"
    assert (layer, component, cause) == (verdict["layer"], verdict["component"], verdict["cause"])


def test_a_line_of_another_request_on_the_same_connection_is_left_alone(scene: Any) -> None:
    """Keep-alive reuses the connection: the request line decides."""
    scene.access(500)
    scene.error_line("connect() failed (111: Connection refused) while connecting to upstream", url_path="/other")
    assert "config.web_server" == scene.verdict()["cause"]


def test_a_service_is_known_by_its_address_from_other_requests(scene: Any) -> None:
    """The app at 10.0.0.5:8000 called itself checkout when it worked."""
    for number in range(12):
        trace = f"{number:032x}e"[1:]
        healthy = scene.access(200, upstream="10.0.0.5:8000", upstream_status="200", trace_id=trace)
        scene.server("checkout", 200, parent=healthy, trace_id=trace)
    scene.access(502, upstream="10.0.0.5:8000", upstream_status="502", upstream_connect_ns=1000)
    scene.error_line("upstream prematurely closed connection while reading response header from upstream")
    verdict = scene.verdict()
    assert ("app", "checkout", "app.worker_killed") == (
        verdict["layer"],
        verdict["component"],
        verdict["cause"],
    )
    assert verdict["confidence"] >= 0.8


def test_a_request_that_waited_for_a_worker_blames_the_workers(scene: Any) -> None:
    """The app's span begins long after the web server had the request, and another request was at work meanwhile."""
    access = scene.access(504, upstream="app:8000", upstream_status="504", lasts=2000, upstream_connect_ns=1000)
    scene.server(SERVICE, 200, parent=access, at=8000, lasts=5)
    scene.server(SERVICE, 200, trace_id="f" * 32, at=-500, lasts=8400)
    assert "app.workers_exhausted" == scene.verdict()["cause"]


def test_every_cause_that_a_rule_names_is_in_the_contract(scene: Any) -> None:
    """A rule cannot invent a code."""
    import re

    texts = "\n".join(rule.sql for rule in rules()) + "\n".join(relation.sql for relation in relations())
    # Attributes have names of the same shape.
    texts = re.sub(r"attr\([^)]*\)", "", texts)
    named = set(re.findall(r"'((?:app|database|cache|queue|upstream|config|host|web_server)\.[a-z_]+)'", texts))
    assert set() == named - set(causes())


def test_rules_stay_within_the_portable_subset() -> None:
    """Constructs that answer differently on another engine without an error are banned from rules."""
    import re

    for rule in rules():
        # A text may hold what begins a comment, and a comment an apostrophe.
        code = re.sub(r"'(?:[^']|'')*'|--[^\n]*", "''", rule.sql)
        for banned in (r"//", r"->", r"\bexclude\b", r"\barg_max\b", r"\bcount_if\b", r"\blambda\b"):
            assert not re.search(banned, code), (rule.name, banned)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_an_app_that_answers_like_a_gateway_chose_to(scene: Any, status: int) -> None:
    """A route of a framework is no gateway, but may well speak for somebody whose failure nobody recorded."""
    access = scene.access(
        status, upstream="app:8000", upstream_status=str(status), upstream_connect_ns=1000, upstream_header_ns=5000
    )
    scene.server(SERVICE, status, parent=access, http_route="/pay")
    verdict = scene.verdict()
    assert ("app", SERVICE, "app.error_response") == (verdict["layer"], verdict["component"], verdict["cause"])
    assert 0.5 < verdict["confidence"] < 0.9


def test_what_a_library_raised_is_not_surely_the_apps_own(scene: Any) -> None:
    """Its words are unknown: it may speak of a component. What templates and built-in types tell is the app's own."""
    app = '  File "/srv/app/views.py", line 31, in view\n    do()\n'
    stack = 'Traceback (most recent call last):\n{}  File "/srv/.venv/lib/python3.12/site-packages/{}", line 99, in send\n    raise\n{}'
    for trace, kind, file in (
        ("a" * 32, "fancyclient.errors.LinkError", "fancyclient/link.py"),
        ("b" * 32, "jinja2.exceptions.UndefinedError", "jinja2/environment.py"),
        ("c" * 32, "ValueError", "fancyclient/link.py"),
    ):
        span = scene.server("shop", 500, trace_id=trace)
        scene.raises(span, kind, "no more", stack=stack.format(app, file, f"{kind}: no more"))
    unsure, template, built_in = scene.verdicts()
    assert ["app.unhandled_exception"] * 3 == [one["cause"] for one in (unsure, template, built_in)]
    assert unsure["confidence"] < 0.8 < min(template["confidence"], built_in["confidence"])
