"""Who answers at an address that only a web server's error log names: learnt from requests that went well, or not at all."""

from typing import Any

import pytest

from .conftest import START_NS

ADDRESS = "10.0.0.5:8000"
APP = f"http://{ADDRESS}"
ATTEMPT = f"(111)Connection refused: AH00957: http: attempt to connect to {ADDRESS} (app) failed"
SOCKET = "proxy:unix:/run/php/shop.sock|fcgi://localhost"
#: A line of Apache's access log has neither a connection nor an address.
LINE = {"format": "apache_access", "service_name": "apache", "connection_id": "", "server_address": "shop.example"}


def answer(verdict: dict[str, Any]) -> tuple[str, str, str]:
    return verdict["layer"], verdict["component"], verdict["cause"]


def healthy(
    scene: Any, service: str, path: str = "/orders/7", *, asked_for: tuple[str, int] = ("", 0), **how: Any
) -> None:
    """Let Apache pass a request on to a service, which knows by which address it was asked for."""
    number = len(scene.rows.get("access", ())) + 100
    line = scene.access(200, **(LINE | {"handler": "proxy-server", "server_port": 80} | how),
                        trace_id=f"{number:032x}", url_path=path)  # fmt: skip
    host, port = asked_for
    scene.server(
        service, 200, parent=line, trace_id=f"{number:032x}", at=-60_000, server_address=host, server_port=port
    )


def refused(
    scene: Any, path: str = "/orders/8", message: str = ATTEMPT, address: str = APP, **how: Any
) -> dict[str, Any]:
    """Let nobody listen, and return the verdict on that request."""
    scene.access(503, **(LINE | {"handler": "proxy-server", "server_port": 80} | how), url_path=path)
    scene.server_log(
        "apache_error", "", message, service_name="apache", trace_id=scene.trace, upstream_address=address, at=0
    )
    [verdict] = [one for one in scene.verdicts() if one["trace_id"] == scene.trace]
    return dict(verdict)


def test_a_service_that_was_asked_for_by_this_address_answers_there(scene: Any) -> None:
    """A proxy that keeps no Host of the client asks for the address itself, whatever the path."""
    healthy(scene, "checkout", "/basket", asked_for=("10.0.0.5", 8000))
    healthy(scene, "search", "/find", asked_for=("10.0.0.6", 8000))
    assert ("app", "checkout", "app.down") == answer(refused(scene))


def test_the_same_path_of_the_same_site_leads_to_the_same_service(scene: Any) -> None:
    """The app sees the client's Host; other numbers in a path are other things of the same route."""
    healthy(scene, "checkout", "/orders/7", asked_for=("shop.example", 80))
    healthy(scene, "search", "/find/7", asked_for=("shop.example", 80))
    assert ("app", "checkout", "app.down") == answer(refused(scene))


def test_another_path_of_the_site_may_lead_anywhere(scene: Any) -> None:
    """One app is known there; that every path leads to it is not."""
    healthy(scene, "checkout", "/basket", asked_for=("shop.example", 80))
    assert ("app", APP, "app.down") == answer(refused(scene))


def test_another_site_of_the_web_server_may_lead_anywhere(scene: Any) -> None:
    """The same path of two sites is of two apps."""
    healthy(scene, "checkout", asked_for=("shop.example", 80), server_port=8443)
    assert ("app", APP, "app.down") == answer(refused(scene))


def test_of_two_services_at_the_same_path_neither_is_named(scene: Any) -> None:
    """A part of the requests goes to another release, say."""
    healthy(scene, "checkout", asked_for=("shop.example", 80))
    healthy(scene, "checkout-next", asked_for=("shop.example", 80))
    assert ("app", APP, "app.down") == answer(refused(scene))


def test_a_service_that_answers_at_another_address_is_not_the_one_that_is_missing(scene: Any) -> None:
    """The same path was passed on to another port until now: what should listen at this one is not known."""
    healthy(scene, "checkout", asked_for=("10.0.0.5", 9000))
    assert ("app", APP, "app.down") == answer(refused(scene))


def test_apaches_line_names_the_address_of_its_configuration(scene: Any) -> None:
    """Then neither path nor Host matter."""
    for service, path, place in (
        ("checkout", "/basket", "http://app:8000"),
        ("search", "/orders/7", "http://find:8000"),
    ):
        told = {"attr_keys": ["apache.passed_on_to"], "attr_vals": [place]}
        healthy(scene, service, path, asked_for=("shop.example", 80), **told)
    verdict = refused(scene, attr_keys=["apache.passed_on_to"], attr_vals=["http://app:8000"])
    assert ("app", "checkout", "app.down") == answer(verdict)


def test_apaches_handler_names_the_socket_of_php(scene: Any) -> None:
    """All that goes to one socket goes to one service."""
    healthy(scene, "market", "/basket", handler=SOCKET, asked_for=("shop.example", 80))
    healthy(scene, "checkout", "/orders/7", asked_for=("shop.example", 80))
    said = "(2)No such file or directory: AH02454: FCGI: attempt to connect to Unix domain socket /run/php/shop.sock (*) failed"
    verdict = refused(scene, "/index.php", said, "fastcgi://unix:/run/php/shop.sock", handler=SOCKET)
    assert ("app", "market", "app.down") == answer(verdict)


def test_behind_apache_too_only_the_missing_services_own_start_explains_it(scene: Any) -> None:
    """Two services fail to start at the same time, each for its own reason."""
    healthy(scene, "checkout", asked_for=("10.0.0.5", 8000))
    for service, missing, at in (("checkout", "payments", -3_000), ("search", "lucene", -1_000)):
        log = scene.server_log("otlp", "process.boot_failed", "uncaught exception", at=at, service_name=service)
        scene.logs_exception(log, "ModuleNotFoundError", f"No module named '{missing}'", at=at)
    verdict = refused(scene)
    assert ("app", "checkout", "app.import_error") == answer(verdict)
    assert "lucene" not in str(verdict["evidence"])


def test_a_service_that_has_answered_since_its_start_failed_is_not_the_one_that_is_missing(scene: Any) -> None:
    """Nobody knows who should listen here; whose start failed half a minute ago is up again, somewhere else."""
    log = scene.server_log("otlp", "process.boot_failed", "uncaught exception", at=-30_000, service_name="search")
    scene.logs_exception(log, "ModuleNotFoundError", "No module named 'lucene'", at=-30_000)
    scene.server("search", 200, trace_id="f" * 32, at=-10_000)
    assert ("app", APP, "app.down") == answer(refused(scene))


def test_a_service_that_has_not_answered_since_its_start_failed_may_be_it(scene: Any) -> None:
    """It is the only one known to be down."""
    log = scene.server_log("otlp", "process.boot_failed", "uncaught exception", at=-30_000, service_name="search")
    scene.logs_exception(log, "ModuleNotFoundError", "No module named 'lucene'", at=-30_000)
    scene.server("search", 200, trace_id="f" * 32, at=-60_000)
    assert ("app", "search", "app.import_error") == answer(refused(scene))


def test_of_starts_that_went_wrong_the_latest_counts_crashes_among_them(scene: Any) -> None:
    """The output of the app has no times and no name: the release of a minute ago lacked a setting, this one its database."""
    healthy(scene, "till", asked_for=("shop.example", 80))
    for event, kind, message, at in (
        ("process.boot_failed", "Error", "SESSION_SECRET is not set", -60_000),
        ("server.crashed", "ECONNREFUSED", "connect ECONNREFUSED 10.0.0.9:5432", 600),
    ):
        log = scene.server_log(
            "node_output", event, f"{kind}: {message}", time=0, observed_time=START_NS + at * 1_000_000
        )
        scene.logs_exception(log, kind, message)
    assert ("database", "postgresql://10.0.0.9:5432", "database.unreachable") == answer(refused(scene))


def lost(scene: Any) -> dict[str, Any]:
    """Let the app lose a connection that was made, two seconds after it could not start; return the verdict."""
    log = scene.server_log(
        "otlp", "process.boot_failed", "Exception in worker process", at=-2_000, service_name="checkout"
    )
    scene.logs_exception(log, "ModuleNotFoundError", "No module named 'payments'", at=-2_000)
    return refused(
        scene, message="(104)Connection reset by peer: AH01102: error reading status line from remote server app"
    )


def test_a_supervisor_that_gives_up_lets_go_of_connections_that_it_had_accepted(scene: Any) -> None:
    """They are reset, not refused: why is told by the start that failed."""
    healthy(scene, "checkout", asked_for=("10.0.0.5", 8000))
    assert ("app", "checkout", "app.import_error") == answer(lost(scene))


def test_a_connection_that_a_running_service_lost_is_not_explained_by_a_worker_that_does_not_start(scene: Any) -> None:
    """Others of its workers answered after that."""
    healthy(scene, "checkout", asked_for=("10.0.0.5", 8000))
    scene.server("checkout", 200, trace_id="f" * 32, at=-1_000)
    assert "app.import_error" != lost(scene)["cause"]


@pytest.mark.parametrize("place", ["", "fcgi://127.0.0.1:9000"])
def test_an_app_that_was_killed_is_named_though_no_line_tells_its_address(scene: Any, place: str) -> None:
    """Apache tells that the connection was reset, PHP-FPM that a child died, and no span came."""
    told = {"attr_keys": ["apache.passed_on_to"], "attr_vals": [place]}
    healthy(scene, "market", asked_for=("shop.example", 80), **told)
    scene.server_log("php_fpm_log", "worker.killed", "child 24568 exited on signal 9 (SIGKILL)", at=10)
    reset = "(104)Connection reset by peer: AH01075: Error dispatching request to :80:"
    assert ("app", "market", "app.worker_killed") == answer(refused(scene, message=reset, address="", **told))


def test_headers_that_apache_cannot_read_from_php_are_the_apps(scene: Any) -> None:
    """Apache speaks of a script, as of one that it runs itself; behind FastCGI it is an app."""
    entry = scene.access(500, **LINE, handler="proxy-server", server_port=80)
    scene.server("market", 200, parent=entry)
    scene.server_log(
        "apache_error", "", "End of script output before headers: header", service_name="apache", trace_id=scene.trace,
        scope_name="proxy_fcgi", at=1,
    )  # fmt: skip
    assert ("app", "market", "app.bad_response") == answer(scene.verdict())
