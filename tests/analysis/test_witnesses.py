"""Server logs as witnesses: what they must add, and what they must leave alone."""

from typing import Any

import pytest

APP = "http://10.0.0.5:8000"


def broken(scene: Any, **columns: Any) -> str:
    """Add a request that nginx answered 502 because the app's connection broke."""
    return str(scene.access(502, upstream="10.0.0.5:8000", upstream_status="502", upstream_connect_ns=1000, **columns))


def answer(verdict: dict[str, Any]) -> tuple[str, str, str]:
    return verdict["layer"], verdict["component"], verdict["cause"]


def test_the_apps_output_tells_the_exception_of_a_request_without_spans(scene: Any) -> None:
    """A traceback in the app's output belongs to the request whose line stands beside it; the web server cut its prefix off."""
    scene.access(
        500,
        upstream="10.0.0.5:8000",
        upstream_status="500",
        upstream_connect_ns=1,
        upstream_header_ns=2,
        url_path="/api/orders/7",
    )
    log = scene.server_log("python_server", "request.failed", "Exception in ASGI application", url_path="/orders/7")
    scene.logs_exception(log, "ZeroDivisionError", "division by zero")
    assert ("app", APP, "app.unhandled_exception") == answer(scene.verdict())


def test_a_traceback_of_another_path_is_left_alone(scene: Any) -> None:
    """The output also holds other requests' tracebacks."""
    scene.access(500, upstream="10.0.0.5:8000", upstream_status="500", upstream_connect_ns=1, upstream_header_ns=2)
    log = scene.server_log("python_server", "request.failed", "Exception in ASGI application", url_path="/cart")
    scene.logs_exception(log, "ZeroDivisionError", "division by zero")
    # That one is a failure of its own, of which only this line tells.
    causes = {one["path"]: one["cause"] for one in scene.verdicts()}
    assert {"/orders/7", "/cart"} == causes.keys()
    assert "app.unhandled_exception" != causes["/orders/7"]


def test_the_kernels_line_convicts_without_any_trace(scene: Any) -> None:
    """A process was killed for want of memory while the request was under way, and its connection broke."""
    broken(scene)
    scene.error_line("upstream prematurely closed connection while reading response header from upstream")
    scene.server_log(
        "kernel", "process.oom_killed", "Out of memory: Killed process 77 (gunicorn)", service_name="kernel"
    )
    verdict = scene.verdict()
    assert ("host", "host.memory_exhausted") == (verdict["layer"], verdict["cause"])


def test_a_process_killed_at_another_time_is_left_alone(scene: Any) -> None:
    """Ten minutes before, another process died."""
    broken(scene)
    scene.error_line("upstream prematurely closed connection while reading response header from upstream")
    scene.server_log(
        "kernel",
        "process.oom_killed",
        "Out of memory: Killed process 77 (batch)",
        at=-600_000,
        service_name="kernel",
    )
    assert "host.memory_exhausted" != scene.verdict()["cause"]


def test_a_failed_start_is_the_deeper_cause_of_a_refused_connection(scene: Any) -> None:
    """Nothing listens because the app could not reach its database when it started."""
    scene.access(502, upstream="10.0.0.5:8000", upstream_status="502")
    scene.error_line("connect() failed (111: Connection refused) while connecting to upstream")
    log = scene.server_log("python_server", "process.boot_failed", "Application startup failed. Exiting.", at=-9_000)
    scene.logs_exception(
        log,
        "psycopg.OperationalError",
        'connection to server at "db", port 5432 failed: Connection refused',
        at=-9_000,
    )
    assert ("database", "postgresql://db:5432", "database.unreachable") == answer(scene.verdict())


def test_a_worker_timeout_is_told_by_the_process_manager(scene: Any) -> None:
    """The manager answers 500 itself when it ends a worker."""
    scene.access(
        500,
        upstream="10.0.0.5:8000",
        upstream_status="500",
        upstream_connect_ns=1,
        upstream_header_ns=2,
        lasts=3000,
    )
    scene.server_log("python_server", "worker.timeout", "WORKER TIMEOUT (pid:77)", at=2000)
    assert ("app", APP, "app.worker_timeout") == answer(scene.verdict())


def test_the_databases_log_speaks_for_an_app_that_sends_nothing(scene: Any) -> None:
    """A comment put the trace into the statement, and PostgreSQL logged it with its error."""
    scene.access(500, upstream="10.0.0.5:8000", upstream_status="500", upstream_connect_ns=1, upstream_header_ns=2)
    scene.server_log(
        "postgresql_json",
        "query.failed",
        "deadlock detected",
        trace_id=scene.trace,
        error_code="40P01",
        service_name="postgresql",
        attr_keys=["db.namespace"],
        attr_vals=["shop"],
    )
    assert ("database", "postgresql:///shop", "database.deadlock") == answer(scene.verdict())


def test_work_under_a_leaked_context_goes_to_its_own_request(scene: Any) -> None:
    """The spans stand in an older trace; path, method, status and time tell whose they are."""
    scene.access(500, upstream="10.0.0.5:8000", upstream_status="500", upstream_connect_ns=1, upstream_header_ns=2)
    old = "9" * 32
    first = scene.server("checkout", 200, trace_id=old, at=-60_000, lasts=10)
    work = scene.span(
        "checkout",
        trace_id=old,
        parent=first,
        at=0,
        http_request_method="GET",
        http_response_status_code=500,
        url_path="/7",
    )
    scene.raises(work, "KeyError", "'total'")
    verdict = scene.verdict()
    assert ("app", "checkout", "app.unhandled_exception") == answer(verdict)
    assert scene.trace == verdict["trace_id"]


def test_a_worker_that_was_ended_for_its_slowness_was_not_just_killed(scene: Any) -> None:
    """The manager says that it was too slow, then how it ended it."""
    broken(scene, lasts=30_000)
    scene.error_line("upstream prematurely closed connection while reading response header from upstream")
    pid = {"attr_keys": ["process.killed.pid"], "attr_vals": ["77"]}
    scene.server_log("python_server", "worker.timeout", "WORKER TIMEOUT (pid:77)", at=29_000, **pid)
    scene.server_log("python_server", "worker.killed", "Worker (pid:77) was sent SIGKILL!", at=29_500, **pid)
    assert ("app", APP, "app.worker_timeout") == answer(scene.verdict())


def test_a_dead_worker_does_not_explain_a_refused_connection(scene: Any) -> None:
    """Its manager holds the port: whoever refused is another one."""
    scene.access(502, upstream="10.0.0.5:8000", upstream_status="502")
    scene.error_line("connect() failed (111: Connection refused) while connecting to upstream")
    scene.server_log("python_server", "worker.killed", "Worker (pid:77) was sent SIGSEGV!")
    assert ("app", APP, "app.down") == answer(scene.verdict())


def test_node_tells_that_its_memory_was_used_up(scene: Any) -> None:
    """Its last words bear no time."""
    broken(scene)
    scene.error_line("upstream prematurely closed connection while reading response header from upstream")
    scene.server_log("node_output", "memory.exhausted", "JavaScript heap out of memory", at=0, time=0)
    assert "host.memory_exhausted" == scene.verdict()["cause"]


def test_a_start_that_was_not_allowed(scene: Any) -> None:
    """Why it did not start is the deeper cause."""
    scene.access(502, upstream="10.0.0.5:8000", upstream_status="502")
    scene.error_line("connect() failed (111: Connection refused) while connecting to upstream")
    words = "unable to bind listening socket for address '/run/php/shop.sock': Permission denied (13)"
    scene.server_log("php_fpm_log", "process.boot_failed", words, at=-9_000)
    assert ("config", APP, "config.permission_denied") == answer(scene.verdict())


def test_data_that_cannot_be_read_is_no_import(scene: Any) -> None:
    """Node calls both a syntax error."""
    scene.access(502, upstream="10.0.0.5:8000", upstream_status="502")
    scene.error_line("connect() failed (111: Connection refused) while connecting to upstream")
    scene.server_log("node_output", "process.boot_failed", "SyntaxError: Unexpected end of JSON input", at=-9_000)
    assert "app.down" == scene.verdict()["cause"]


@pytest.mark.parametrize(
    ("at", "cause"), [(1_000, "app.worker_timeout"), (-4_000, "app.worker_timeout"), (9_000, "unknown")]
)
def test_a_manager_that_waited_as_long_as_the_web_server_says_so_a_moment_later(
    scene: Any, at: float, cause: str
) -> None:
    scene.access(504, format="nginx_combined", lasts=0)
    scene.error_line("upstream timed out (110: Connection timed out) while reading response header from upstream")
    scene.server_log("python_server", "worker.timeout", "WORKER TIMEOUT (pid:77)", at=at)
    assert cause == scene.verdict()["cause"]


@pytest.mark.parametrize(("status", "component"), [("2", "redis://cache:6379"), ("5", "shop")])
def test_a_procedure_call_fails_inside_a_good_http_answer(scene: Any, status: str, component: str) -> None:
    """.NET's server leaves its span unset, whatever the call came to; a callee that refused rightly is well."""
    server = scene.server("shop", 500)
    call = scene.call(
        "shop", server, at=1, lasts=5, http_response_status_code=200, server_address="basket", status_code=0
    )
    basket = scene.server(
        "basket", 200, parent=call, rpc_response_status_code=status, url_path="/Basket/Get", status_code=0
    )
    told = {"callee_system": "redis", "callee_address": "cache", "callee_port": 6379}
    scene.raises(basket, "StackExchange.Redis.RedisTimeoutException", "Timeout performing GET", **told)
    words = 'Status(StatusCode="Unknown", Detail="Exception was thrown by handler.")'
    scene.raises(server, "Grpc.Core.RpcException", words, callee_system="rpc")
    assert component == scene.verdict()["component"]
