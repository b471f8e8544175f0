"""What gateways and balancers say of answers of their own, in their access lines or in a log beside them."""

from typing import Any

import pytest

APP = "http://10.0.0.5:8000"
#: What an access line says, what was answered, and the cause; `?` where the line alone must not be believed in.
REASONS = [
    ("envoy_access", "Envoy UF upstream_reset_before_response_started{connection_failure}", 503, "app.down"),
    (
        "envoy_access",
        "Envoy UC upstream_reset_before_response_started{connection_termination}",
        503,
        "app.bad_response?",
    ),
    ("envoy_access", "Envoy UH no_healthy_upstream", 503, "app.down"),
    ("envoy_access", "Envoy NC cluster_not_found", 503, "config.web_server"),
    ("envoy_access", "Envoy UO upstream_reset_before_response_started{overflow}", 503, "web_server.limit"),
    ("envoy_access", "Envoy UT response_timeout", 504, "unknown"),
    ("haproxy_http", "HAProxy SC--", 503, "app.down"),
    ("haproxy_http", "HAProxy sC--", 503, "app.down"),
    ("haproxy_http", "HAProxy SH--", 502, "app.bad_response?"),
    ("haproxy_http", "HAProxy sH--", 504, "unknown"),
    ("haproxy_http", "HAProxy sQ--", 503, "app.workers_exhausted"),
    ("haproxy_http", "HAProxy PH--", 502, "app.bad_response"),
    ("alb_access", "ELB 502 with a target", 502, "app.bad_response?"),
    ("alb_access", "ELB 504 with a target", 504, "unknown"),
    ("gcp_requests", "GCP failed_to_connect_to_backend", 502, "app.down"),
    ("gcp_requests", "GCP backend_timeout", 504, "unknown"),
]
#: Of formats that name nobody behind the gateway.
NAMELESS = [
    ("heroku_router", "Heroku H10 App crashed", 503, "app.down"),
    ("heroku_router", "Heroku H12 Request timeout", 503, "unknown"),
    ("heroku_router", "Heroku H13 Connection closed without response", 503, "app.bad_response?"),
    ("alb_access", "ELB 503 with no target", 503, "app.down?"),
    ("iis_w3c", "IIS 502.5 win32 0", 502, "app.down"),
    ("iis_w3c", "IIS 500.19 win32 13", 500, "config.web_server"),
    ("iis_w3c", "IIS 500.0 win32 0", 500, "unknown"),
]


def answered(scene: Any, format: str, reason: str, status: int, upstream: str) -> None:
    """Add an access line that tells a reason."""
    told = {"attr_keys": ["gateway.reason"], "attr_vals": [reason], "connection_id": "", "process_pid": 0}
    scene.access(status, format=format, service_name=format.split("_")[0], upstream=upstream, **told)


@pytest.fixture(scope="module")
def judged(verdicts_of: Any) -> Any:
    """Give the verdict of each reason: all are judged in one store."""

    def play(format: str, reason: str, status: int, upstream: str) -> Any:
        return lambda scene: answered(scene, format, reason, status, upstream)

    named = {one: play(*one[:3], "10.0.0.5:8000") for one in REASONS}
    return verdicts_of(named | {one: play(*one[:3], "") for one in NAMELESS})


@pytest.mark.parametrize("case", REASONS, ids=str)
def test_a_gateway_says_why_it_answered_itself(judged: Any, case: tuple[Any, ...]) -> None:
    cause, verdict = case[-1], judged[case]
    assert cause.rstrip("?") == verdict["cause"]
    assert (0.5 <= verdict["confidence"] < 0.8) == cause.endswith("?")
    if verdict["layer"] == "app":
        assert APP == verdict["component"]
    if cause.endswith("?"):
        assert f"app/{APP}/app.worker_killed" == verdict["runner_up"]
        assert verdict["missing"]


@pytest.mark.parametrize("case", NAMELESS, ids=str)
def test_an_app_that_nobody_names_is_not_the_gateway(judged: Any, case: tuple[Any, ...]) -> None:
    cause, verdict = case[-1], judged[case]
    assert cause.rstrip("?") == verdict["cause"]
    assert verdict["layer"] == "config" or not verdict["component"]


def test_a_client_that_left_is_no_failure(scene: Any) -> None:
    """HAProxy logs 504 for it, Envoy 0."""
    for status, reason in ((499, "HAProxy CH--"), (0, "Envoy DC downstream_remote_disconnect")):
        told = {"attr_keys": ["gateway.reason"], "attr_vals": [reason], "connection_id": ""}
        scene.access(status, format="haproxy_http", service_name="haproxy", completed=False, **told)
    assert [] == scene.verdicts()


def test_an_answer_of_the_app_is_not_the_gateways(scene: Any) -> None:
    """No reason: the app answered 500, and its span says why."""
    entry = scene.access(
        500, format="envoy_access", service_name="envoy", upstream="10.0.0.5:8000", upstream_status="500"
    )
    scene.raises(scene.server("shop", 500, parent=entry), "KeyError", "'total'")
    assert ("shop", "app.unhandled_exception") == tuple(scene.verdict()[name] for name in ("component", "cause"))


def test_the_death_of_the_process_explains_a_closed_connection(scene: Any) -> None:
    answered(scene, "haproxy_http", "HAProxy SH--", 502, "10.0.0.5:8000")
    scene.server_log("python_server", "worker.killed", "Worker (pid:7) was sent SIGKILL! Perhaps out of memory?")
    assert "app.worker_killed" == scene.verdict()["cause"]


def traefik(scene: Any, words: str, *, address: str = "10.0.0.5:8000", at: float = 5, status: str = "502") -> None:
    """Add a line of Traefik's own log, which knows the address and no request."""
    told = {"attr_keys": ["http.response.status_code"], "attr_vals": [status], "upstream_address": address}
    scene.server_log(
        "traefik_log", "request.failed", f"'502 Bad Gateway' caused by: {words}", at=at, service_name="traefik", **told
    )


def test_traefiks_own_log_says_whom_it_could_not_reach(scene: Any) -> None:
    scene.access(502, format="traefik_access", service_name="traefik", upstream="10.0.0.5:8000", connection_id="")
    traefik(scene, "dial tcp 10.0.0.5:8000: connect: connection refused")
    verdict = scene.verdict()
    assert (APP, "app.down") == (verdict["component"], verdict["cause"])


def test_a_certificate_that_traefik_cannot_accept_names_no_address(scene: Any) -> None:
    """The line tells the answer and the second: of requests that were passed on then and fared so any may be meant."""
    words = "x509: cannot validate certificate for 10.0.0.5 because it doesn't contain any IP SANs"
    scene.access(500, format="traefik_access", service_name="traefik", upstream="10.0.0.5:8443", connection_id="")
    traefik(scene, words, address="", status="500")
    assert ("config.web_server", "traefik") == (scene.verdict()["cause"], scene.verdict()["component"])


def test_what_traefik_says_of_another_address_or_hour_is_left_alone(scene: Any) -> None:
    scene.access(502, format="traefik_access", service_name="traefik", upstream="10.0.0.5:8000", connection_id="")
    traefik(scene, "dial tcp 10.0.0.6:8000: connect: connection refused", address="10.0.0.6:8000")
    traefik(scene, "dial tcp 10.0.0.5:8000: connect: connection refused", at=60_000)
    traefik(scene, "dial tcp 10.0.0.5:8000: i/o timeout", status="504")
    assert "unknown" == scene.verdict()["cause"]


def start_failed(scene: Any, **columns: Any) -> None:
    words = "Errno::EACCES: Permission denied @ rb_sysopen - /home/shop/config/master.key"
    scene.server_log("passenger_log", "process.boot_failed", words, service_name="passenger", **columns)


def test_an_app_that_passenger_cannot_start_answers_500(scene: Any) -> None:
    told = {"format": "nginx_combined", "lasts": 0, "connection_id": "", "process_pid": 0}
    scene.access(500, **told)
    start_failed(scene)
    assert "config.permission_denied" == scene.verdict()["cause"]


def test_a_start_that_failed_long_after_the_answer_explains_nothing(scene: Any) -> None:
    scene.access(500, format="nginx_combined", lasts=0, connection_id="", process_pid=0)
    start_failed(scene, at=60_000)
    assert "unknown" == scene.verdict()["cause"]


def test_a_start_that_took_long_explains_the_request_of_which_only_the_begin_is_known(scene: Any) -> None:
    told = {"service_name": "apache", "lasts": 0, "connection_id": "", "process_pid": 0}
    scene.access(500, format="apache_combined", **told)
    start_failed(scene, at=10_000)
    assert "config.permission_denied" == scene.verdict()["cause"]


def crashed(scene: Any, words: str, *, ended: float = -7_000, said: float = -7_200, of: str = "web") -> None:
    """Let Heroku answer for an app that said this before it ended."""
    scene.access(503, format="heroku_router", service_name="heroku", **H10)
    scene.server_log("app_log", "", words, at=said, service_name="web")
    scene.server_log("process_end", "server.crashed", "Process exited with status 1", at=ended, service_name=of)


H10 = {"connection_id": "", "attr_keys": ["gateway.reason"], "attr_vals": ["Heroku H10 App crashed"]}
WORDS = "You must set the ADDRESS environment variable."


def test_an_apps_last_words_tell_why_its_platform_answers_for_it(scene: Any) -> None:
    crashed(scene, WORDS)
    verdict = scene.verdict()
    assert ("config.missing_setting", "ADDRESS") == (verdict["cause"], verdict["object"])


@pytest.mark.parametrize("otherwise", [{"said": -60_000}, {"said": -1_000}, {"of": "worker"}])
def test_what_another_process_or_at_another_time_said_is_nobodys_last_word(scene: Any, otherwise: Any) -> None:
    crashed(scene, WORDS, **otherwise)
    assert "config.missing_setting" != scene.verdict()["cause"]
