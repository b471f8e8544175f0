"""What web servers' logs say: of attempts, of themselves, of the app behind, of another web server behind."""

from typing import Any

APP = "http://10.0.0.5:8000"
REFUSED = "connect() failed (111: Connection refused) while connecting to upstream"
CLOSED = "upstream prematurely closed connection while reading response header from upstream"
IMPORT_ERROR = "ModuleNotFoundError: No module named 'stripe'"


def answer(verdict: dict[str, Any]) -> tuple[str, str, str]:
    return verdict["layer"], verdict["component"], verdict["cause"]


def rules_of(verdict: dict[str, Any]) -> set[str]:
    return {one["rule"] for one in verdict["evidence"]}


def refused(scene: Any, status: int = 502, **columns: Any) -> str:
    """Add a request whose connection to the app was never made."""
    return str(scene.access(status, upstream="10.0.0.5:8000", upstream_status=str(status), **columns))


def test_an_attempt_that_another_server_made_up_for_is_no_cause(scene: Any) -> None:
    """The first server of the group refused; the second one answered 500 by itself."""
    entry = scene.access(
        500,
        upstream="10.0.0.4:8000, 10.0.0.5:8000",
        upstream_status="502, 500",
        upstream_connect_ns=1,
        upstream_header_ns=2,
    )
    scene.error_line(REFUSED, upstream_address="http://10.0.0.4:8000/orders/7")
    scene.raises(scene.server("checkout", 500, parent=entry), "KeyError", "'total'")
    verdict = scene.verdict()
    assert ("app", "checkout", "app.unhandled_exception") == answer(verdict)
    assert "web_refused" not in rules_of(verdict)


def test_only_the_last_attempt_is_the_cause(scene: Any) -> None:
    """The first server refused, the second closed the connection: what the client got is of the second."""
    scene.access(
        502, upstream="10.0.0.4:8000, 10.0.0.5:8000", upstream_status="502, 502", upstream_connect_ns=1, lasts=40
    )
    scene.error_line(REFUSED, upstream_address="http://10.0.0.4:8000/orders/7")
    scene.error_line(CLOSED, upstream_address="http://10.0.0.5:8000/orders/7")
    scene.server_log("python_server", "worker.exited", "Child process [77] died")
    verdict = scene.verdict()
    assert ("app", APP, "app.worker_killed") == answer(verdict)
    assert "web_refused" not in rules_of(verdict)


def test_a_failed_start_needs_somebody_to_be_missing(scene: Any) -> None:
    """Some app failed to start in the hour before; the web server had no trouble to reach this one."""
    scene.server_log("python_server", "process.boot_failed", IMPORT_ERROR, at=-60_000)
    refused(scene, 503)
    scene.error_line('limiting requests, excess: 0.9 by zone "one"')
    verdict = scene.verdict()
    assert "web_server.limit" == verdict["cause"]
    assert "log_boot_failed" not in rules_of(verdict)


def test_a_failed_start_counts_little_where_nobody_says_refused(scene: Any) -> None:
    """No error log is read: that nothing listens is only guessed."""
    scene.server_log("python_server", "process.boot_failed", IMPORT_ERROR, at=-60_000)
    refused(scene)
    verdict = scene.verdict()
    assert ("app", APP) == (verdict["layer"], verdict["component"])
    assert verdict["confidence"] < 0.8


def test_a_start_that_went_well_since_ends_the_failed_one(scene: Any) -> None:
    """The app failed to start, then started; that it is down now has another reason."""
    scene.server_log("python_server", "process.boot_failed", IMPORT_ERROR, at=-60_000)
    scene.server_log("python_server", "server.ready", "Application startup complete.", at=-30_000)
    refused(scene)
    scene.error_line(REFUSED, upstream_address=f"{APP}/orders/7")
    assert ("app", APP, "app.down") == answer(scene.verdict())


def test_a_request_that_apache_answered_did_not_lose_its_connection(scene: Any) -> None:
    """Apache's access log has no times of the app: that they are missing does not say that the connection broke."""
    scene.access(
        503, format="apache_access", service_name="apache", handler="proxy-server", connection_id="", lasts=900
    )
    scene.server_log("kernel", "process.oom_killed", "Out of memory: Killed process 77", service_name="kernel")
    assert "host.memory_exhausted" != scene.verdict()["cause"]


def test_apaches_error_line_says_that_the_connection_broke(scene: Any) -> None:
    """Then the kernel's line explains it."""
    scene.access(
        500, format="apache_access", service_name="apache", handler="wsgi-script", connection_id="", request_id="Z1"
    )
    scene.server_log(
        "apache_error",
        "",
        "Truncated or oversized response headers received from daemon process 'shop'",
        service_name="apache",
        request_id="Z1",
    )
    scene.server_log("kernel", "process.oom_killed", "Out of memory: Killed process 77", service_name="kernel")
    assert "host.memory_exhausted" == scene.verdict()["cause"]


def test_a_connection_that_was_closed_with_no_sign_of_a_death_is_a_bad_answer(scene: Any) -> None:
    """Closed early: of a process that died there would be a sign, where its output is read or its spans are missed."""
    scene.access(502, upstream="10.0.0.5:8000", upstream_status="502", upstream_connect_ns=1)
    scene.error_line(CLOSED, upstream_address=f"{APP}/orders/7")
    assert ("app", APP, "app.bad_response") == answer(scene.verdict())


def test_each_web_server_tells_of_its_own_hop(scene: Any) -> None:
    """The outer server reached the inner one; it is the inner one's app that refused."""
    outer = scene.access(
        502,
        upstream="10.0.0.2:8080",
        upstream_status="502",
        upstream_connect_ns=1,
        upstream_header_ns=2,
        service_name="edge",
    )
    scene.access(502, parent_span_id=outer, upstream="10.0.0.5:8000", upstream_status="502", connection_id="9")
    scene.error_line(REFUSED, connection_id="9", upstream_address=f"{APP}/orders/7")
    verdict = scene.verdict()
    assert ("app", APP, "app.down") == answer(verdict)
    assert outer == verdict["request_span_id"]


def test_the_inner_web_server_may_answer_by_itself(scene: Any) -> None:
    """Nothing was forwarded behind the second hop."""
    scene.server_log("nginx_error", "", "a line of another day", at=-80_000_000, service_name="nginx")
    outer = scene.access(
        500,
        upstream="10.0.0.2:8080",
        upstream_status="500",
        upstream_connect_ns=1,
        upstream_header_ns=2,
        service_name="edge",
    )
    scene.access(500, parent_span_id=outer, connection_id="9")
    assert ("config", "nginx", "config.web_server") == answer(scene.verdict())


def test_a_php_error_that_nobody_caught_is_the_apps(scene: Any) -> None:
    """PHP prints it into the web server's log, which is all that tells it."""
    scene.access(
        500,
        upstream="unix:/run/php/php8.2-fpm.sock",
        upstream_status="500",
        upstream_connect_ns=1,
        upstream_header_ns=2,
    )
    scene.error_line(
        'FastCGI sent in stderr: "PHP message: PHP Fatal error:  Uncaught TypeError: total(): Argument #1 in '
        '/app/index.php:3" while reading response header from upstream'
    )
    verdict = scene.verdict()
    assert ("app", "fastcgi://unix:/run/php/php8.2-fpm.sock", "app.unhandled_exception") == answer(verdict)
    assert "/app/index.php:3" == verdict["location"]


def test_a_script_behind_nginx_is_named_by_its_protocol_without_an_error_line(scene: Any) -> None:
    """What nginx proxies to by HTTP has a name in its log; what it forwards a script to has none."""
    times = {"upstream_connect_ns": 1, "upstream_header_ns": 2}
    scene.access(200, trace_id="e" * 32, upstream="10.0.0.5:8000", upstream_status="200", upstream_name="shop", **times)
    scene.access(503, upstream="10.0.0.6:9000", upstream_status="503", url_path="/index.php", **times)
    assert "fastcgi://10.0.0.6:9000" == scene.verdict()["component"]


def test_a_database_that_turns_the_app_away_by_its_own_set_up_is_named(scene: Any) -> None:
    """A rule of pg_hba.conf stands at the database, not in the app."""
    scene.access(500, upstream="10.0.0.5:8000", upstream_status="500", upstream_connect_ns=1, upstream_header_ns=2)
    scene.server_log(
        "postgresql_json",
        "connection.refused",
        'no pg_hba.conf entry for host "10.0.0.5", user "shop", database "shop"',
        trace_id=scene.trace,
        error_code="28000",
        service_name="postgresql",
        attr_keys=["db.namespace"],
        attr_vals=["shop"],
    )
    verdict = scene.verdict()
    assert ("config", "postgresql:///shop") == (verdict["layer"], verdict["component"])


def test_a_header_that_apache_cannot_read_is_a_bad_answer(scene: Any) -> None:
    """It says so as a warning."""
    scene.access(502, format="apache_access", service_name="apache", handler="proxy-server", request_id="Z1")
    body = "AH01106: bad HTTP/1.1 header returned by /orders/7 (GET)"
    scene.server_log("apache_error", "", body, service_name="apache", request_id="Z1", severity_number=13)
    assert "app.bad_response" == scene.verdict()["cause"]


def test_a_process_that_left_its_span_open_closed_the_connection(scene: Any) -> None:
    """Apache's words for a connection that ended before a byte came agree with the span that was left behind."""
    entry = scene.access(502, format="apache_access", service_name="apache", handler="proxy-server", request_id="Z1")
    scene.server("desk", 0, parent=entry, error_type="process_died", status_code=2)
    body = "(20014)Internal error: AH01102: error reading status line from remote server 10.0.0.5:8000"
    scene.server_log("apache_error", "", body, service_name="apache", request_id="Z1", upstream_address="10.0.0.5:8000")
    assert ("app", "desk", "app.worker_killed") == answer(scene.verdict())


def test_an_exception_explains_why_an_answer_broke_off(scene: Any) -> None:
    """The web server's line is only what became of it."""
    entry = scene.access(
        200, format="apache_access", service_name="apache", request_id="Z1", completed=False, connection_id=""
    )
    scene.raises(scene.server("desk", 200, parent=entry), "RuntimeError", "the generator broke")
    body = "(104)Connection reset by peer: AH01110: error reading response"
    scene.server_log("apache_error", "", body, service_name="apache", request_id="Z1")
    verdict = scene.verdict()
    assert (True, "desk", "app.unhandled_exception") == (verdict["truncated"], verdict["component"], verdict["cause"])


def test_a_full_queue_is_no_app_that_is_down(scene: Any) -> None:
    """The socket is there, and nobody comes to accept."""
    scene.access(502, upstream="unix:/run/shop.sock", upstream_status="502")
    scene.error_line(
        "connect() to unix:/run/shop.sock failed (11: Resource temporarily unavailable) while connecting to upstream",
        upstream_address="http://unix:/run/shop.sock",
    )
    assert ("app", "http://unix:/run/shop.sock", "app.workers_exhausted") == answer(scene.verdict())


def test_an_answer_that_was_buffered_is_no_bad_one(scene: Any) -> None:
    """Nginx only warns of a slow client."""
    scene.access(500, upstream="10.0.0.5:8000", upstream_status="500", upstream_connect_ns=1, upstream_header_ns=2)
    body = "an upstream response is buffered to a temporary file /var/lib/nginx/proxy/1 while reading upstream"
    scene.error_line(body, severity_number=13)
    assert "web_bad_answer" not in rules_of(scene.verdict())


def test_a_client_that_goes_away_is_no_fault_of_the_app(scene: Any) -> None:
    """Nginx says of it what it says of an upstream, with another subject."""
    scene.access(502, upstream="10.0.0.5:8000", upstream_status="502", upstream_connect_ns=1)
    scene.error_line("client prematurely closed connection while sending to client", upstream_address=f"{APP}/orders/7")
    assert {"web_closed_early", "web_silent_end"}.isdisjoint(rules_of(scene.verdict()))


def test_an_app_that_nobody_names_is_not_the_web_server(scene: Any) -> None:
    """The default access log tells no upstream, the error log only that there was none, the app's log no name."""
    scene.access(503, format="nginx_combined", lasts=0)
    scene.error_line("[lua] init.lua:371: execute(): failure to get a peer from the ring-balancer")
    assert ("app", "", "app.down") == answer(scene.verdict())


def test_an_app_that_logs_behind_a_default_access_log_is_not_the_web_server(scene: Any) -> None:
    """Unless its output bears a name, which is then the component's."""
    for trace, name in (("d" * 32, ""), ("e" * 32, "shop")):
        path = f"/orders/{name or 'none'}"
        scene.access(500, format="nginx_combined", lasts=0, trace_id=trace, url_path=path)
        log = scene.server_log(
            "python_server",
            "",
            f"Error handling request {path}",
            service_name=name,
            url_path=path,
            http_request_method="GET",
        )
        scene.logs_exception(log, "KeyError", "'STRIPE_KEY'", stack='  File "/srv/a.py", line 1, in a\nKeyError: 1')
    assert ["", "shop"] == [one["component"] for one in scene.verdicts()]


def test_apache_says_why_before_it_says_that_there_was_no_connection(scene: Any) -> None:
    """The second line alone would say that nobody listens."""
    scene.access(503, format="apache_access", service_name="apache", lasts=0, connection_id="4")
    line = {"format": "apache_error", "service_name": "apache"}
    scene.error_line("(13)Permission denied: AH00957: HTTP: attempt to connect to 127.0.0.1:8080 (*) failed", **line)
    scene.error_line("AH01114: HTTP: failed to make connection to backend: 127.0.0.1", **line)
    verdict = scene.verdict()
    assert ("config", "apache", "config.permission_denied") == answer(verdict)
    assert "web_refused" not in rules_of(verdict)
