"""What web servers write into their error logs, case by case: all of them are judged in one store."""

from collections.abc import Callable
from typing import Any

import pytest

APP = "http://10.0.0.5:8000"
CLOSED = "upstream prematurely closed connection while reading response header from upstream"
RESET = "recv() failed (104: Connection reset by peer) while reading response header from upstream"
ANSWERED = {"upstream_connect_ns": 1, "upstream_header_ns": 2}

#: (what a script printed into the web server's log, scope).
PRINTED = [
    (
        'FastCGI sent in stderr: "PHP message: PHP Fatal error:  Uncaught PDOException: SQLSTATE[HY000] [2002] '
        'Connection refused in /app/index.php:3" while reading response header from upstream',
        "",
    ),
    ("AH01071: Got error 'PHP message: fopen(/x): Failed to open stream: Permission denied'", "proxy_fcgi"),
    ("ssl.SSLError: tls: handshake failed, connection reset by peer", "wsgi"),
    ("rsync: connection refused", "script"),
]
#: (address as a server writes it, the app).
ADDRESSES = [
    ("http://unix:/run/app.sock", "http://unix:/run/app.sock"),
    ("unix//run/app.sock", "http://unix:/run/app.sock"),
    ("http://10.0.0.5:8000/orders/7", APP),
    ("10.0.0.5:8000", APP),
    ("http://[::1]:8000", "http://[::1]:8000"),
]
#: (server, how it says that an answer broke off).
BROKEN_OFF = [
    ("apache", "(104)Connection reset by peer: AH01110: error reading response"),
    ("caddy", "aborting with incomplete response: unexpected EOF"),
    ("nginx", "upstream prematurely closed connection while reading upstream"),
]
#: (line of nginx, which forwarded nothing, cause).
OF_NGINX = [
    ('pwrite() "/var/lib/nginx/body/0000000011" failed (28: No space left on device)', "host.disk_full"),
    ("malloc(1048576) failed (12: Cannot allocate memory) while reading client headers", "host.memory_exhausted"),
    ("the rewritten URI has a zero length", "config.web_server"),
    ('could not find named location "@shop"', "config.web_server"),
    ('invalid port in upstream "shop:99999"', "config.web_server"),
    ("words that nobody has seen yet", "config.web_server"),
    ("a client request body is buffered to a temporary file /var/lib/nginx/body/1", "config.web_server"),
]
#: (scope, handler, line of Apache, cause).
OF_APACHE = [
    ("proxy_balancer", "proxy-server", "AH01170: balancer://shop: All workers are in error state", "app.down"),
    ("proxy", "proxy-server", "AH00940: HTTP: disabled connection for (10.0.0.9:8080)", "app.down"),
    ("cgi", "cgi-script", "(8)Exec format error: AH01223: couldn't spawn child process: /a", "config.web_server"),
    ("cgi", "cgi-script", "(12)Cannot allocate memory: AH01223: couldn't spawn child", "host.memory_exhausted"),
    ("core", "", "AH00027: No authentication done. Authentication not configured?", "config.web_server"),
]
#: Of a connection that ended, with no word from inside the app.
ENDED = [CLOSED, RESET]


def printed(scene: Any, body: str, scope: str) -> None:
    scene.access(500, upstream="unix:/run/php/php8.2-fpm.sock", upstream_status="500", **ANSWERED)
    scene.error_line(body, scope_name=scope)
    scene.error_line(body, scope_name=scope, connection_id="", trace_id=scene.trace)


def addressed(scene: Any, address: str) -> None:
    line = {"service_name": "apache", "request_id": scene.trace}
    scene.access(503, format="apache_access", handler="proxy-server", **line)
    words = "AH00957: http: attempt to connect to the backend failed"
    scene.server_log("apache_error", "", words, upstream_address=address, **line)


def broken_off(scene: Any, server: str, body: str) -> None:
    line = {"service_name": server, "request_id": scene.trace}
    scene.access(200, format=f"{server}_access", completed=False, connection_id="", **line)
    scene.server_log(f"{server}_error", "", body, **line)


def failed_alone(scene: Any, body: str) -> None:
    scene.access(500)
    scene.error_line(body)


def failed_in_apache(scene: Any, scope: str, handler: str, body: str) -> None:
    line = {"service_name": "apache", "request_id": scene.trace}
    scene.access(500, format="apache_access", handler=handler, **line)
    scene.server_log("apache_error", "", body, scope_name=scope, **line)


def ended(scene: Any, words: str) -> None:
    scene.access(502, upstream="10.0.0.5:8000", upstream_status="502", upstream_connect_ns=1)
    scene.error_line(words, upstream_address=f"{APP}/orders/7")


def _play(play: Callable[..., None], *told: str) -> Callable[[Any], None]:
    return lambda scene: play(scene, *told)


@pytest.fixture(scope="module")
def judged(verdicts_of: Any) -> Any:
    """Give the verdict of each case above."""
    plays: dict[Any, Callable[[Any], None]] = {one: _play(printed, *one) for one in PRINTED}
    plays |= {one: _play(addressed, one[0]) for one in ADDRESSES}
    plays |= {one: _play(broken_off, *one) for one in BROKEN_OFF}
    plays |= {one: _play(failed_alone, one[0]) for one in OF_NGINX}
    plays |= {one: _play(failed_in_apache, *one[:3]) for one in OF_APACHE}
    return verdicts_of(plays | {one: _play(ended, one) for one in ENDED})


@pytest.mark.parametrize("case", PRINTED, ids=str)
def test_what_the_app_prints_is_not_the_servers_voice(judged: Any, case: tuple[str, str]) -> None:
    """The words of a script stand in the web server's log and speak of something else."""
    rules = {one["rule"] for one in judged[case]["evidence"]}
    assert set() == {rule for rule in rules if rule.startswith("web_")} - {"web_app_voice"}


@pytest.mark.parametrize("case", ADDRESSES, ids=str)
def test_the_address_in_an_error_line_names_the_app(judged: Any, case: tuple[str, str]) -> None:
    """However the server writes it."""
    verdict = judged[case]
    assert ("app", case[1], "app.down") == (verdict["layer"], verdict["component"], verdict["cause"])


@pytest.mark.parametrize("case", BROKEN_OFF, ids=str)
def test_an_answer_that_broke_off_is_told_as_such(judged: Any, case: tuple[str, str]) -> None:
    """The status line was fine, the rest never came."""
    assert (True, "app.bad_response") == (judged[case]["truncated"], judged[case]["cause"])


@pytest.mark.parametrize("case", OF_NGINX, ids=str)
def test_what_nginx_failed_of_alone(judged: Any, case: tuple[str, str]) -> None:
    """Nothing was forwarded, and it logs why."""
    assert case[1] == judged[case]["cause"]


@pytest.mark.parametrize("case", OF_APACHE, ids=str)
def test_what_apache_failed_of(judged: Any, case: tuple[str, ...]) -> None:
    """In words of its own."""
    assert case[3] == judged[case]["cause"]


@pytest.mark.parametrize("words", ENDED)
def test_a_connection_that_ends_without_a_word_from_inside_is_not_held_surely(judged: Any, words: str) -> None:
    """The process may have died as well: the verdict says so, and which logs would tell."""
    verdict = judged[words]
    assert ("app", APP, "app.bad_response") == (verdict["layer"], verdict["component"], verdict["cause"])
    assert 0.5 <= verdict["confidence"] < 0.8
    assert f"app/{APP}/app.worker_killed" == verdict["runner_up"]
    assert any("process manager" in one and "kernel" in one for one in verdict["missing"])


@pytest.mark.parametrize(("at_once", "cause"), [("true", "config.web_server"), ("", "unknown")])
def test_apache_answers_by_itself_before_it_looks_for_a_handler(scene: Any, at_once: str, cause: str) -> None:
    """`Redirect 503` does; a line without a handler alone tells nothing."""
    scene.server_log("apache_error", "", "AH00163: configured", service_name="apache", severity_number=13)
    told = {"attr_keys": ["apache.answered_at_once"], "attr_vals": [at_once]}
    scene.access(503, format="apache_access", service_name="apache", request_id="Z1", connection_id="", **told)
    assert cause == scene.verdict()["cause"]
