"""Requests of which no access line and no span tells, but a line of the app's own server or of a web server's error log."""

from typing import Any

REFUSED = "connect() failed (111: Connection refused) while connecting to upstream"
TIMED_OUT = "upstream timed out (110: Connection timed out) while reading response header from upstream"
STACK = "Traceback (most recent call last):\n  File \"/srv/shop/views.py\", line 12, in show\nKeyError: 'total'\n"


def answer(verdict: dict[str, Any]) -> tuple[int, str, str, str]:
    return verdict["status"], verdict["path"], verdict["component"], verdict["cause"]


def own_line(scene: Any, status: int = 500, *, path: str = "/orders/7", at: float = 12, **columns: Any) -> str:
    """Add a line of the app's own server that tells a request and its answer."""
    event = "request.failed" if status >= 500 else "request.completed"
    told = {"client.address": "10.1.1.1", "http.response.status_code": str(status)}
    row = {"http_request_method": "GET", "url_path": path, "attr_keys": list(told), "attr_vals": list(told.values())}
    return str(scene.server_log("python_server", event, f"GET {path} {status}", at=at, **(row | columns)))


def error_line(scene: Any, body: str, **columns: Any) -> None:
    """Add a line of nginx's error log that names client, request and upstream."""
    told = {"attr_keys": ["client.address"], "attr_vals": ["10.1.1.1"], "upstream_address": "http://10.0.0.5:8000"}
    scene.error_line(body, **(told | columns))


def test_a_line_of_the_apps_own_server_is_the_request_of_record(scene: Any) -> None:
    scene.logs_exception(own_line(scene), "KeyError", "'total'", stack=STACK, at=12)
    assert (500, "/orders/7", "", "app.unhandled_exception") == answer(scene.verdict())


def test_a_line_without_a_time_is_one_too(scene: Any) -> None:
    """Uvicorn prints no time."""
    scene.logs_exception(own_line(scene, time=0), "KeyError", "'total'", stack=STACK)
    assert "app.unhandled_exception" == scene.verdict()["cause"]


def test_what_the_framework_says_of_it_is_no_second_request(scene: Any) -> None:
    """Django logs `Internal Server Error: /orders/7` with the stack, runserver the request line."""
    told = {"url_path": "/orders/7", "service_name": ""}
    framework = scene.server_log("python_server", "request.failed", "Internal Server Error: /orders/7", at=11, **told)
    scene.logs_exception(framework, "KeyError", "'total'", stack=STACK, at=11)
    own_line(scene)
    assert (500, "/orders/7", "", "app.unhandled_exception") == answer(scene.verdict())


def test_what_the_framework_says_stands_in_for_a_request_line(scene: Any) -> None:
    scene.server_log("python_server", "request.failed", "Service Unavailable: /stock", url_path="/stock")
    assert (503, "/stock") == answer(scene.verdict())[:2]


def test_two_failures_are_two_requests(scene: Any) -> None:
    own_line(scene)
    own_line(scene, at=400)
    own_line(scene, path="/stock", at=401)
    assert ["/orders/7", "/orders/7", "/stock"] == sorted(one["path"] for one in scene.verdicts())


def test_lines_that_bear_one_requests_id_tell_of_one(scene: Any) -> None:
    """Vercel tells path and answer with each line that the app printed for a request."""
    scene.logs_exception(own_line(scene, request_id="r1"), "KeyError", "'total'", stack=STACK, at=12)
    own_line(scene, request_id="r1", at=13)
    own_line(scene, request_id="r1", at=400)
    assert [(500, "/orders/7", "", "app.unhandled_exception")] == [answer(one) for one in scene.verdicts()]


def test_an_answer_of_the_client_or_a_good_one_is_no_failure(scene: Any) -> None:
    own_line(scene, 404)
    own_line(scene, 200)
    assert [] == scene.verdicts()


def test_the_web_servers_line_wins(scene: Any) -> None:
    """The app's line is an observation of the same request, also where the web server took a prefix off."""
    scene.access(500, upstream="10.0.0.5:8000", upstream_status="500", url_path="/api/orders/7")
    scene.logs_exception(own_line(scene), "KeyError", "'total'", stack=STACK, at=12)
    verdict = scene.verdict()
    assert ("nginx", "/api/orders/7", "app.unhandled_exception") == (
        verdict["service"],
        verdict["path"],
        verdict["cause"],
    )


def test_a_span_wins(scene: Any) -> None:
    scene.raises(scene.server("shop", 500, url_path="/orders/7", lasts=20), "KeyError", "'total'")
    own_line(scene)
    assert (500, "/orders/7", "shop", "app.unhandled_exception") == answer(scene.verdict())


def test_an_answer_that_another_server_made_up_for_is_no_failure(scene: Any) -> None:
    """`proxy_next_upstream http_500`: the client got 200."""
    scene.access(200, upstream="10.0.0.4:8000, 10.0.0.5:8000", upstream_status="500, 200")
    own_line(scene)
    assert [] == scene.verdicts()


def test_a_web_servers_error_line_is_the_request_of_record(scene: Any) -> None:
    error_line(scene, REFUSED)
    verdict = scene.verdict()
    assert (502, "/orders/7", "http://10.0.0.5:8000", "app.down") == answer(verdict)
    assert "nginx" == verdict["service"]


def test_a_bare_timeout_stays_unknown(scene: Any) -> None:
    error_line(scene, TIMED_OUT)
    assert (504, "unknown") == answer(scene.verdict())[::3]


def test_several_attempts_are_one_request(scene: Any) -> None:
    """The first server refused, the second said nothing in time."""
    error_line(scene, REFUSED, upstream_address="http://10.0.0.4:8000", time=scene.start_ns - 60_000_000_000)
    error_line(scene, TIMED_OUT)
    assert 504 == scene.verdict()["status"]


def test_an_attempt_that_another_server_made_up_for_is_no_failure(scene: Any) -> None:
    """As far as the web server's own access log tells how it ended; it is written in whole seconds here."""
    told = {"attr_keys": ["client.address"], "attr_vals": ["10.1.1.1"]}
    scene.access(200, format="nginx_combined", lasts=0, connection_id="", process_pid=0, **told)
    error_line(scene, REFUSED)
    assert [] == scene.verdicts()


def test_an_error_line_of_an_answer_of_the_clients_is_no_failure(scene: Any) -> None:
    error_line(scene, 'open() "/srv/favicon.ico" failed (2: No such file or directory)', upstream_address="")
    error_line(scene, "client intended to send too large body: 2097152 bytes", upstream_address="")
    error_line(scene, 'directory index of "/srv/" is forbidden', upstream_address="")
    error_line(scene, 'open() "/srv/secret" failed (13: Permission denied)', upstream_address="")
    assert [] == scene.verdicts()


def test_the_apps_line_is_an_observation_of_what_the_error_line_tells(scene: Any) -> None:
    error_line(scene, TIMED_OUT)
    scene.logs_exception(own_line(scene, at=900), "KeyError", "'total'", stack=STACK, at=900)
    assert 504 == scene.verdict()["status"]


def test_a_script_that_died_under_apache_needs_no_access_log(scene: Any) -> None:
    words = "PHP Fatal error:  Uncaught Error: Call to undefined function pay() in /var/www/a.php:3"
    told = {"attr_keys": ["client.address", "client.port"], "attr_vals": ["10.1.1.1", "5000"]}
    line = scene.server_log("apache_error", "", words, service_name="apache", scope_name="php", **told)
    scene.logs_exception(line, "Error", "Call to undefined function pay()", stack="#0 /var/www/a.php(3): pay()")
    assert (500, "app.unhandled_exception") == answer(scene.verdict())[::3]


def test_a_notice_of_a_script_under_apache_is_no_failure(scene: Any) -> None:
    told = {"attr_keys": ["client.address"], "attr_vals": ["10.1.1.1"], "service_name": "apache"}
    scene.server_log("apache_error", "", "PHP Warning:  Undefined variable $x in /var/www/a.php:3", **told)
    assert [] == scene.verdicts()


def test_a_line_that_names_a_trace_of_which_nothing_else_is_known(scene: Any) -> None:
    own_line(scene, trace_id=scene.trace)
    assert scene.trace == scene.verdict()["trace_id"]


def test_a_log_in_another_zone_tells_of_the_same_requests(scene: Any) -> None:
    scene.access(500, upstream="10.0.0.5:8000", upstream_status="500", upstream_connect_ns=1, upstream_header_ns=2)
    own_line(scene, at=12 + 2 * 3_600_000)
    assert "nginx" == scene.verdict()["service"]


def test_an_earlier_request_that_went_well_hides_no_failure(scene: Any) -> None:
    scene.access(200, start_time=scene.start_ns - 600_000_000_000)
    own_line(scene)
    own_line(scene, time=0, path="/stock")
    assert {"/orders/7", "/stock"} == {one["path"] for one in scene.verdicts()}


def nameless(scene: Any, at: float = 12, body: str = "An unhandled exception has occurred", **columns: Any) -> str:
    """Add what a framework says of a request that failed, without its path."""
    return str(scene.server_log("dotnet_console", "request.failed", body, at=at, **({"service_name": ""} | columns)))


def test_a_line_that_names_no_path_tells_of_a_request_where_nothing_else_does(scene: Any) -> None:
    scene.logs_exception(nameless(scene), "KeyError", "'total'", stack=STACK, at=12)
    assert (500, "", "", "app.unhandled_exception") == answer(scene.verdict())


def test_where_a_request_is_told_of_with_its_path_it_is_an_observation_of_that(scene: Any) -> None:
    own_line(scene)
    scene.logs_exception(nameless(scene), "KeyError", "'total'", stack=STACK, at=12)
    assert (500, "/orders/7", "", "app.unhandled_exception") == answer(scene.verdict())


def test_beside_access_lines_and_spans_it_tells_of_no_request_of_its_own(scene: Any) -> None:
    scene.access(200)
    nameless(scene, 90_000)
    assert [] == scene.verdicts()


def test_what_is_said_again_of_one_failure_is_one_request(scene: Any) -> None:
    nameless(scene, 10)
    scene.logs_exception(nameless(scene, 12), "KeyError", "'total'", stack=STACK, at=12)
    nameless(scene, 14)
    assert ["app.unhandled_exception"] == [one["cause"] for one in scene.verdicts()]
