"""Lines of logs that name no request: which a request may be told by, and which are of somebody else."""

from typing import Any

WORDS = "Allowed memory size of 134217728 bytes exhausted (tried to allocate 65536 bytes)"
LINE = {"format": "apache_access", "service_name": "apache", "connection_id": "", "handler": "proxy-server"}


def fatal(scene: Any, at: float = 5) -> None:
    """Let PHP's own log tell of a script that had no memory left; it knows no request."""
    log = scene.server_log(
        "php_errors", "memory.exhausted", f"PHP Fatal error:  {WORDS}", at=at, service_name="php-fpm"
    )
    scene.logs_exception(log, "FatalError", WORDS, at=at)


def forwarded(scene: Any, status: int = 500, **columns: Any) -> str:
    times = {"upstream_connect_ns": 1, "upstream_header_ns": 2}
    address = {"upstream": "10.0.0.5:9000", "upstream_status": str(status)}
    return str(scene.access(status, **(address | times | columns)))


def healthy(scene: Any, service: str, language: str) -> None:
    """Let a service in that language answer at the address."""
    resource = sum(service.encode())
    scene.add("resources", {"resource_id": resource, "service_name": service, "telemetry_sdk_language": language})
    for number in range(3):
        trace = f"{number + 100:032x}"
        scene.server(service, 200, parent=forwarded(scene, 200, trace_id=trace), trace_id=trace)


def cause(scene: Any) -> str:
    [verdict] = [one for one in scene.verdicts() if one["trace_id"] == scene.trace]
    return str(verdict["cause"])


def test_a_script_without_memory_explains_an_answer_of_its_service(scene: Any) -> None:
    """The request was under way, and its service is written in PHP."""
    healthy(scene, "market", "php")
    forwarded(scene)
    fatal(scene)
    assert "host.memory_exhausted" == cause(scene)


def test_a_script_without_memory_explains_no_answer_of_the_web_server(scene: Any) -> None:
    """Nothing was forwarded."""
    scene.access(500)
    fatal(scene)
    assert "host.memory_exhausted" != cause(scene)


def test_a_script_without_memory_explains_no_answer_of_a_service_in_another_language(scene: Any) -> None:
    """Only Python answers at that address."""
    healthy(scene, "checkout", "python")
    forwarded(scene)
    fatal(scene)
    assert "host.memory_exhausted" != cause(scene)


def test_a_script_without_memory_does_not_end_a_request_whose_own_work_tells_otherwise(scene: Any) -> None:
    """It answered 500 by itself, and no exception is on its span."""
    scene.server("market", 500, parent=forwarded(scene))
    fatal(scene)
    assert "host.memory_exhausted" != cause(scene)


def test_a_script_without_memory_that_another_trace_tells_of_is_that_ones(scene: Any) -> None:
    """Its span bears the same words."""
    scene.raises(scene.server("market", 500, trace_id="e" * 32), "FatalError", WORDS)
    forwarded(scene)
    fatal(scene)
    assert "host.memory_exhausted" != cause(scene)


def test_the_start_of_an_app_in_another_language_explains_nothing(scene: Any) -> None:
    """The output of Node names no service, but no Python service writes it."""
    healthy(scene, "checkout", "python")
    log = scene.server_log("node_output", "process.boot_failed", "Error: SESSION_SECRET is not set", at=-5_000)
    scene.logs_exception(log, "Error", "SESSION_SECRET is not set", at=-5_000)
    scene.access(502, upstream="10.0.0.5:9000", upstream_status="502", connection_id="77")
    body = "connect() failed (111: Connection refused) while connecting to upstream"
    scene.error_line(body, connection_id="77", upstream_address="http://10.0.0.5:9000/orders/7")
    assert "app.down" == cause(scene)


def refused_by(scene: Any, thread: str) -> str:
    """Let Apache say first whom it could not reach, and then, with an id, that it could not; return the component."""
    scene.access(503, **LINE)
    attempt = "(111)Connection refused: AH00957: http: attempt to connect to 10.0.0.5:8000 (app) failed"
    end = "AH01114: HTTP: failed to make connection to backend: app"
    for body, ids in (
        (attempt, {"thread_id": thread, "upstream_address": "http://10.0.0.5:8000"}),
        (end, {"thread_id": "7", "trace_id": scene.trace, "at": 0.1}),
    ):
        scene.server_log("apache_error", "", body, service_name="apache", process_pid=9, **({"at": 0} | ids))
    return str(scene.verdict()["component"])


def test_apaches_thread_joins_whom_it_could_not_reach_with_the_request(scene: Any) -> None:
    """The line that names the address bears no id of the request; a thread does one thing at a time."""
    assert "http://10.0.0.5:8000" == refused_by(scene, "7")


def test_apaches_other_threads_speak_of_other_requests(scene: Any) -> None:
    """At the same moment another one could not reach another app."""
    assert "http://10.0.0.5:8000" != refused_by(scene, "8")


def test_a_crash_explains_no_answer_that_came_from_the_app(scene: Any) -> None:
    """The output of some Node process has no times: its end may be of any time, but nothing was lost here."""
    forwarded(scene)
    log = scene.server_log("node_output", "server.crashed", "Error: uncaught in timer", time=0)
    scene.logs_exception(log, "Error", "uncaught in timer")
    verdict = scene.verdict()
    assert ("", True) == (verdict["exception_type"], "uncaught" not in str(verdict["evidence"]))


def test_the_kernels_line_is_of_the_process_whose_span_was_left_open(scene: Any) -> None:
    """No web server's log is read; process and machine are the same."""
    resource = sum(b"checkout")
    scene.add(
        "resources", {"resource_id": resource, "service_name": "checkout", "process_pid": 4711, "host_name": "web-1"}
    )
    scene.server("checkout", 0, status_code=2, error_type="process_died", lasts=300)
    keys, values = ["process.killed.pid", "host.name"], ["4711", "web-1"]
    scene.server_log(
        "kernel", "process.oom_killed", "Out of memory: Killed process 4711 (node)", at=310, service_name="kernel",
        attr_keys=keys, attr_vals=values,
    )  # fmt: skip
    verdict = scene.verdict()
    assert ("host:web-1", "host.memory_exhausted") == (verdict["component"], verdict["cause"])


def test_apaches_own_formats_are_joined_by_thread_where_the_client_joins_one_line(scene: Any) -> None:
    """Neither has an id; the line that names port and protocol names no client."""
    scene.access(
        503, **(LINE | {"format": "apache_combined", "handler": ""}), lasts=0, process_pid=0,
        attr_keys=["client.address"], attr_vals=["10.1.1.1"],
    )  # fmt: skip
    attempt = "(111)Connection refused: AH00957: FCGI: attempt to connect to 10.0.0.5:9000 (app) failed"
    end = "AH01079: failed to make connection to backend: app"
    for body, ids in (
        (attempt, {"upstream_address": "fastcgi://10.0.0.5:9000"}),
        (end, {"at": 0.1, "attr_keys": ["client.address"], "attr_vals": ["10.1.1.1"]}),
    ):
        scene.server_log(
            "apache_error", "", body, service_name="apache", process_pid=9, thread_id="7", **({"at": 0} | ids)
        )
    assert "fastcgi://10.0.0.5:9000" == scene.verdict()["component"]
