"""Which lines of servers' logs belong to which request, and which are strangers."""

from typing import Any

from culpa.analysis.settle import settle

from .conftest import MS

APP = "http://10.0.0.5:8000"
HOUR_MS = 3_600_000
KILLED = "Out of memory: Killed process 77 (gunicorn)"
CLOSED = "upstream prematurely closed connection while reading response header from upstream"


def answer(verdict: dict[str, Any]) -> tuple[str, str, str]:
    return verdict["layer"], verdict["component"], verdict["cause"]


def answered(scene: Any, status: int = 500, **columns: Any) -> str:
    """Add a line of a request that the app itself answered."""
    times = {"upstream_connect_ns": 1, "upstream_header_ns": 2}
    return str(scene.access(status, upstream="10.0.0.5:8000", upstream_status=str(status), **(times | columns)))


def process(scene: Any, service: str, pid: int, host: str = "", instance: int = 0) -> int:
    """Add the resource of a process, and return its id."""
    resource = sum(service.encode()) + instance
    scene.add(
        "resources",
        {"resource_id": resource, "service_name": service, "process_pid": pid, "host_name": host},
    )
    return resource


def test_a_line_of_the_common_format_is_judged_by_the_error_log(scene: Any) -> None:
    """It knows neither process nor connection nor duration: path, method and second join it."""
    scene.access(502, format="nginx_combined", lasts=0, process_pid=0, connection_id="")
    scene.error_line(
        "connect() failed (111: Connection refused) while connecting to upstream", upstream_address=f"{APP}/orders/7"
    )
    assert ("app", APP, "app.down") == answer(scene.verdict())


def test_a_line_of_the_common_format_does_not_say_that_the_server_answered_itself(scene: Any) -> None:
    """No upstream is named in such a log, whoever answered."""
    scene.server_log("nginx_error", "", "a line of another day", at=-HOUR_MS, service_name="nginx")
    scene.access(500, format="nginx_combined", lasts=0, process_pid=0, connection_id="")
    assert "unknown" == scene.verdict()["cause"]


def test_apaches_own_formats_are_joined_by_client_and_time(scene: Any) -> None:
    """Neither of its two logs has an id, the error log not even a path: the only failure of that client is meant."""
    client = {"attr_keys": ["client.address"], "attr_vals": ["10.1.1.1"]}
    line = {"format": "apache_combined", "service_name": "apache", "lasts": 0, "process_pid": 0, "connection_id": ""}
    scene.access(503, **line, **client)
    scene.access(503, trace_id="e" * 32, **line, attr_keys=["client.address"], attr_vals=["10.1.1.2"])
    scene.server_log(
        "apache_error",
        "",
        "AH00957: http: attempt to connect to 10.0.0.5:8000 (10.0.0.5) failed",
        service_name="apache",
        upstream_address=APP,
        at=2000,
        **client,
    )
    assert [("app", APP, "app.down"), ("unknown", "", "unknown")] == [answer(one) for one in scene.verdicts()]


def test_of_several_failures_of_one_client_the_last_that_had_begun_is_meant_and_it_is_a_guess(scene: Any) -> None:
    """Their exceptions may be each other's: neither verdict is surer than that."""
    client = {"attr_keys": ["client.address"], "attr_vals": ["10.1.1.1"]}
    line = {"format": "apache_combined", "service_name": "apache", "lasts": 0, "process_pid": 0, "connection_id": ""}
    scene.access(503, **line, **client)
    start = scene.start_ns + 20_000 * MS
    scene.access(503, trace_id="e" * 32, **line | {"start_time": start}, **client)
    said = "AH00957: http: attempt to connect to 10.0.0.5:8000 (10.0.0.5) failed"
    for at in (2000, 22_000):
        scene.server_log("apache_error", "", said, service_name="apache", upstream_address=APP, at=at, **client)
    first, second = scene.verdicts()
    assert ("app", APP, "app.down") == answer(first) == answer(second)
    assert first["confidence"] > 0.8 > 0.5 == second["confidence"]
    assert "a guess" in second["evidence"][0]["statement"]


def test_a_time_out_may_come_long_after_the_begin_that_apache_logs(scene: Any) -> None:
    """Its own time-outs are of 60 and 300 seconds; what is said of anything else by then is of another request."""
    client = {"attr_keys": ["client.address"], "attr_vals": ["10.1.1.1"]}
    line = {"format": "apache_combined", "service_name": "apache", "lasts": 0, "process_pid": 0, "connection_id": ""}
    said = {"service_name": "apache", "at": 300_100}
    for trace, body in (
        ("d" * 32, "Timeout when reading response headers from daemon process 'shop': /srv/a"),
        ("e" * 32, "AH01144: x"),
    ):
        who = client | {"attr_vals": [f"10.1.1.{trace[0]}"]}
        scene.access(504, trace_id=trace, **line, **who)
        scene.server_log("apache_error", "", body, **said, **who)
    assert ["app.slow", "unknown"] == [one["cause"] for one in scene.verdicts()]


def test_lines_without_a_time_that_look_alike_are_of_one_request_each(scene: Any) -> None:
    """Three refusals of one path, and three lines: every request has its own."""
    for number in range(3):
        answered(scene, 503, trace_id=f"{number + 1:032x}")
        log = scene.server_log("python_server", "workers.exhausted", "Exceeded limit.", url_path="/orders/7")
        scene.rows["logs"][-1] |= {"time": 0, "log_id": log}
    assert ["app.workers_exhausted"] * 3 == [one["cause"] for one in scene.verdicts()]


def test_who_says_that_it_refused_a_request_means_the_one_that_got_that_status_then(scene: Any) -> None:
    """Passenger names no path; what it says of another moment, or another status, explains nothing."""
    line = {"format": "nginx_combined", "service_name": "nginx", "lasts": 0, "process_pid": 0, "connection_id": ""}
    refused = {"attr_keys": ["http.response.status_code"], "attr_vals": ["503"], "service_name": "passenger"}
    for trace, status, at in (("d" * 32, 503, 500), ("e" * 32, 500, 60_500), ("f" * 32, 503, 122_900)):
        scene.access(status, trace_id=trace, **line, start_time=scene.start_ns + at // 60_000 * 60_000_000_000)
        scene.server_log("passenger_log", "workers.exhausted", "Request queue full", at=at, **refused)
    assert ["app.workers_exhausted", "unknown", "unknown"] == [one["cause"] for one in scene.verdicts()]


def test_a_process_that_ended_some_time_after_the_line_before_had_the_first_request_that_broke_then(scene: Any) -> None:
    """The words of uWSGI for it bear no time, and its last request was a minute ago."""
    dead = {"attr_keys": ["log.time_of_line_before", "process.killed.pid"], "attr_vals": ["true", "77"]}
    scene.server_log(
        "uwsgi_log", "worker.exited", "DAMN ! worker 3 (pid: 77) died :( trying respawn ...", at=-17_000, **dead
    )
    for number, trace in enumerate(("d" * 32, "e" * 32)):
        line = {"trace_id": trace, "connection_id": str(number), "start_time": scene.start_ns + number * 30_000_000_000}
        scene.access(502, upstream="10.0.0.5:8000", upstream_status="502", upstream_connect_ns=1, **line)
        scene.error_line(
            "upstream prematurely closed connection while reading response header from upstream",
            connection_id=str(number),
            time=scene.start_ns + number * 30_000_000_000 + 1,
        )
    assert ["app.worker_killed", "app.bad_response"] == [one["cause"] for one in scene.verdicts()]


def test_a_killed_process_that_did_not_do_the_work_is_a_stranger(scene: Any) -> None:
    """The app's span names the process that answered; the kernel ended another one at the same time."""
    entry = scene.access(502, upstream="10.0.0.5:8000", upstream_status="502", upstream_connect_ns=1)
    process(scene, "checkout", 12)
    scene.server("checkout", 200, parent=entry)
    scene.server_log(
        "kernel",
        "process.oom_killed",
        KILLED,
        service_name="kernel",
        attr_keys=["process.killed.pid"],
        attr_vals=["77"],
    )
    assert "host.memory_exhausted" != scene.verdict()["cause"]


def test_a_death_nearby_does_not_explain_an_answer_that_explains_itself(scene: Any) -> None:
    """The app answered 500 and logged why; the worker that died then was another one."""
    answered(scene)
    log = scene.server_log("python_server", "request.failed", "Exception in ASGI application", url_path="/orders/7")
    scene.logs_exception(log, "ZeroDivisionError", "division by zero")
    for event in ("worker.killed", "worker.timeout", "workers.exhausted", "script.timeout"):
        scene.server_log("python_server", event, f"{event} of another request")
    assert ("app", APP, "app.unhandled_exception") == answer(scene.verdict())


def test_a_worker_timeout_does_not_explain_an_answer_that_came_at_once(scene: Any) -> None:
    """A worker that took too long did not work on a request of 20 ms."""
    answered(scene)
    scene.server_log("python_server", "worker.timeout", "WORKER TIMEOUT (pid:77)")
    assert "app.worker_timeout" != scene.verdict()["cause"]


def test_the_same_process_id_on_another_host_is_a_stranger(scene: Any) -> None:
    """Process ids repeat; the kernel's line and the app's telemetry name different machines."""
    entry = answered(scene)
    process(scene, "checkout", 77, host="web-1.example")
    scene.raises(scene.server("checkout", 500, parent=entry), "KeyError", "'total'")
    keys, values = ["process.killed.pid", "host.name"], ["77", "web-2"]
    scene.server_log("kernel", "process.oom_killed", KILLED, service_name="kernel", attr_keys=keys, attr_vals=values)
    verdict = scene.verdict()
    assert [] == [one for one in verdict["evidence"] if one["rule"] == "log_oom_killed"]


def test_a_process_id_that_two_services_have_convicts_neither(scene: Any) -> None:
    """In containers every app is process 1: a line that names no host may be of any of them."""
    for number, service in enumerate(("checkout", "search")):
        trace = f"{number + 1:032x}"
        entry = answered(scene, trace_id=trace)
        process(scene, service, 1)
        scene.raises(scene.server(service, 500, parent=entry, trace_id=trace), "KeyError", "'total'")
    scene.server_log("python_server", "worker.killed", "Worker (pid:1) was sent SIGKILL!", process_pid=1)
    rules = [one["rule"] for verdict in scene.verdicts() for one in verdict["evidence"]]
    assert "log_worker_killed" not in rules


def test_a_log_whose_clock_is_an_hour_off_joins_no_stranger(scene: Any) -> None:
    """Its lines stand beside requests of another hour."""
    answered(scene, lasts=3000)
    scene.server_log("python_server", "worker.timeout", "WORKER TIMEOUT (pid:77)", at=HOUR_MS)
    log = scene.server_log(
        "python_server", "request.failed", "Exception in ASGI application", url_path="/orders/7", at=-HOUR_MS
    )
    scene.logs_exception(log, "ZeroDivisionError", "division by zero", at=-HOUR_MS)
    assert ["access_app_answered"] == [one["rule"] for one in scene.verdict()["evidence"]]


def test_a_log_whose_clock_is_an_hour_off_is_joined_by_ids(scene: Any) -> None:
    """By the trace, and by the server's own id of the request."""
    answered(scene)
    log = scene.server_log("python_server", "request.failed", "failed", trace_id=scene.trace, at=HOUR_MS)
    scene.logs_exception(log, "ZeroDivisionError", "division by zero", at=HOUR_MS)
    other = "e" * 32
    scene.access(
        500,
        trace_id=other,
        format="apache_access",
        service_name="apache",
        request_id="Zabc",
        handler="redirect-handler",
    )
    scene.server_log(
        "apache_error",
        "",
        "AH00124: Request exceeded the limit of 10 internal redirects",
        service_name="apache",
        request_id="Zabc",
        at=HOUR_MS,
    )
    assert ["app.unhandled_exception", "config.rewrite_loop"] == [one["cause"] for one in scene.verdicts()]


def test_work_in_a_trace_of_its_own_goes_to_the_request_of_record(scene: Any) -> None:
    """The web server hands no id on: its line and the app's outermost span are one failure."""
    access = answered(scene)
    entry = scene.server("checkout", 500, trace_id="9" * 32, at=0, lasts=10, url_path="/orders/7")
    scene.raises(entry, "KeyError", "'total'")
    verdict = scene.verdict()
    assert ("app", "checkout", "app.unhandled_exception") == answer(verdict)
    assert (scene.trace, access) == (verdict["trace_id"], verdict["request_span_id"])


def test_a_verdict_on_work_of_its_own_is_withdrawn_when_the_line_comes(scene: Any) -> None:
    """First the span alone, then the line of its request: one failure, not two."""
    entry = scene.server("checkout", 500, trace_id="9" * 32, at=0, lasts=10, url_path="/orders/7")
    scene.raises(entry, "KeyError", "'total'")
    assert "9" * 32 == scene.verdict()["trace_id"]
    answered(scene)
    scene.keep()
    settle(scene.store, [scene.trace])
    assert [scene.trace] == [one["trace_id"] for one in scene.store.query("select trace_id from verdicts").to_pylist()]


def test_a_span_that_comes_after_its_line_in_a_trace_of_its_own_revises_the_verdict(scene: Any) -> None:
    """The span's trace is judged alone: what it tells goes to the line's request."""
    answered(scene)
    assert "app.unhandled_exception" != scene.verdict()["cause"]
    entry = scene.server("checkout", 500, trace_id="9" * 32, at=0, lasts=10, url_path="/orders/7")
    scene.raises(entry, "KeyError", "'total'")
    scene.keep()
    settle(scene.store, ["9" * 32])
    found = scene.store.query("select trace_id, cause from verdicts").to_pylist()
    assert [{"trace_id": scene.trace, "cause": "app.unhandled_exception"}] == found


def test_two_requests_that_look_alike_are_not_mixed_up(scene: Any) -> None:
    """Two lines and two traces of the same second: nobody can tell which is whose."""
    for number in (1, 2):
        answered(scene, trace_id=f"{number:032x}")
        scene.server("checkout", 500, trace_id=f"{number + 8:032x}", at=number, lasts=10, url_path="/orders/7")
    assert 4 == len(scene.verdicts())


def test_a_kill_after_the_end_of_a_request_is_a_stranger(scene: Any) -> None:
    """The kernel ended a process 1.3 s after the connection was lost: something else had lost it."""
    scene.access(502, upstream="10.0.0.5:8000", upstream_status="502", upstream_connect_ns=1)
    scene.error_line(CLOSED, upstream_address=f"{APP}/orders/7")
    scene.server_log("kernel", "process.oom_killed", KILLED, service_name="kernel", at=1300)
    assert [] == [one for one in scene.verdict()["evidence"] if one["rule"] == "log_oom_killed"]


def test_the_kernels_line_names_the_machine_where_no_span_does(scene: Any) -> None:
    """Memory is the machine's, not that of the address that the web server asked."""
    scene.access(502, upstream="10.0.0.5:8000", upstream_status="502", upstream_connect_ns=1)
    scene.error_line(CLOSED, upstream_address=f"{APP}/orders/7")
    host = {"attr_keys": ["host.name"], "attr_vals": ["web-2"]}
    scene.server_log("kernel", "process.oom_killed", KILLED, service_name="kernel", **host)
    assert ("host", "host:web-2", "host.memory_exhausted") == answer(scene.verdict())


def test_a_record_whose_words_another_trace_bears_is_that_traces(scene: Any) -> None:
    """PHP's own log knows no request; the exception of the request that ran out of time says the same."""
    words = "Maximum execution time of 1 second exceeded"
    other = scene.server("market", 500, trace_id="e" * 32)
    scene.raises(other, "FatalError", words)
    scene.access(500, upstream="10.0.0.5:8000", upstream_status="500", lasts=1500)
    scene.server_log("php_errors", "script.timeout", words, service_name="php-fpm")
    rules = {one["rule"] for each in scene.verdicts() if each["trace_id"] == scene.trace for one in each["evidence"]}
    assert "log_script_timeout" not in rules


def refused_after_healthy(scene: Any) -> str:
    """Let a web server that learnt who answers at an address find nobody there; return the failed trace."""
    for number in range(12):
        trace = f"{number + 100:032x}"
        line = scene.access(
            200, trace_id=trace, upstream="10.0.0.5:8000", upstream_status="200", upstream_connect_ns=1000,
            upstream_header_ns=2000,
        )  # fmt: skip
        scene.server("checkout", 200, parent=line, trace_id=trace)
    scene.access(502, upstream="10.0.0.5:8000", upstream_status="502", connection_id="77")
    scene.error_line(
        "connect() failed (111: Connection refused) while connecting to upstream",
        connection_id="77",
        upstream_address="http://10.0.0.5:8000/orders/7",
    )
    return str(scene.trace)


def failed_start(scene: Any, service: str, missing: str, *, at: float) -> None:
    """Tell by OTLP of a process that could not start."""
    log = scene.server_log("otlp", "process.boot_failed", "uncaught exception", at=at, service_name=service)
    scene.logs_exception(log, "ModuleNotFoundError", f"No module named '{missing}'", at=at)


def test_a_start_that_failed_explains_why_nobody_listens(scene: Any) -> None:
    """It came by OTLP, of the service that used to answer at the address; of several the latest counts."""
    trace = refused_after_healthy(scene)
    failed_start(scene, "checkout", "yesterday", at=-600_000)
    failed_start(scene, "checkout", "payments", at=-2_000)
    [verdict] = [one for one in scene.verdicts() if one["trace_id"] == trace]
    assert ("app.import_error", "checkout") == (verdict["cause"], verdict["component"])
    assert "payments" in str(verdict["evidence"]) and "yesterday" not in str(verdict["evidence"])


def test_a_start_of_another_service_that_failed_explains_nothing(scene: Any) -> None:
    """Nobody listens, and why is not known."""
    trace = refused_after_healthy(scene)
    failed_start(scene, "search", "payments", at=-2_000)
    [verdict] = [one for one in scene.verdicts() if one["trace_id"] == trace]
    assert ("app.down", "checkout") == (verdict["cause"], verdict["component"])
