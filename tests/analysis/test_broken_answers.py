"""Answers that broke off after a good status: what tells of them, and what made them break."""

from typing import Any

CUT = "upstream prematurely closed connection while reading upstream"


def answer(verdict: dict[str, Any]) -> tuple[bool, str, str]:
    return verdict["truncated"], verdict["component"], verdict["cause"]


#: What culpa's own instrumentation writes on the span of a body that broke off.
TOLD = {"attr_keys": ["culpa.response.cut"], "attr_vals": ["true"]}


def streamed(scene: Any, entry: str, *, at: float, **told: Any) -> None:
    """Let the app answer well within 2 ms, and fail in the body that it sends afterwards."""
    server = scene.server("desk", 200, parent=entry, lasts=2)
    body = scene.span("desk", "response", parent=server, at=at, lasts=1, status_code=2, **told)
    scene.raises(body, "RuntimeError", "the report has no second line", at=at + 0.5)


def test_nginx_calls_an_answer_complete_that_broke_off(scene: Any) -> None:
    """Its error log tells of it, by the connection; nothing else failed at that time."""
    entry = scene.access(200, upstream="10.0.0.5:8000", upstream_status="200", upstream_header_ns=1)
    streamed(scene, entry, at=8)
    scene.error_line(CUT)
    assert (True, "desk", "app.unhandled_exception") == answer(scene.verdict())


def test_an_answer_on_another_connection_did_not_break_off(scene: Any) -> None:
    """The exception was in work that did no harm to this answer."""
    entry = scene.access(200, upstream="10.0.0.5:8000", upstream_status="200", upstream_header_ns=1)
    streamed(scene, entry, at=8)
    scene.error_line(CUT, connection_id="5")
    assert [] == scene.verdicts()


def test_caddy_measures_a_broken_answer_on_its_span_only(scene: Any) -> None:
    """Its line has no duration; the body was sent while its span lasted."""
    entry = scene.access(200, format="caddy_access", service_name="caddy", connection_id="", lasts=0, request_id="Z1")
    scene.server("caddy", 0, span_id=entry, at=-5, lasts=20)
    streamed(scene, entry, at=8)
    body = "aborting with incomplete response: reading: unexpected EOF"
    scene.server_log("caddy_access", "", body, service_name="caddy", trace_id=scene.trace, span_id=entry, at=14)
    assert (True, "desk", "app.unhandled_exception") == answer(scene.verdict())


def test_work_that_began_when_the_answer_had_broken_off_did_not_break_it(scene: Any) -> None:
    """It is another request's, under a context that the worker never put back."""
    entry = scene.access(200, upstream="10.0.0.5:8000", upstream_status="200", upstream_header_ns=1)
    streamed(scene, entry, at=40)
    scene.error_line(CUT)
    assert (True, "desk", "app.bad_response") == answer(scene.verdict())


def test_work_whose_own_request_span_never_arrived_names_its_service(scene: Any) -> None:
    """The app sent the span of its broken body, and not that of the request."""
    entry = scene.access(200, upstream="10.0.0.5:8000", upstream_status="200", upstream_header_ns=1, completed=False)
    body = scene.span("desk", "response", parent="e" * 16, at=8, lasts=1, status_code=2)
    scene.raises(body, "RuntimeError", "the report has no second line", at=8.5)
    scene.error_line(CUT)
    verdict = scene.verdict()
    assert (entry, True, "desk", "app.unhandled_exception") == (verdict["request_span_id"], *answer(verdict))


def test_an_app_that_tells_it_itself_is_believed_where_its_web_server_saw_a_whole_answer(scene: Any) -> None:
    """A middleware had ended the answer: nginx logs nothing, and neither does a client fail."""
    entry = scene.access(200, upstream="10.0.0.5:8000", upstream_status="200", upstream_header_ns=1)
    streamed(scene, entry, at=8, **TOLD)
    verdict = scene.verdict()
    assert (True, "desk", "app.unhandled_exception") == answer(verdict)
    assert entry != verdict["request_span_id"]


def test_an_answer_that_the_web_server_saw_break_off_too_is_one_failure(scene: Any) -> None:
    """The request of record is the web server's."""
    entry = scene.access(200, upstream="10.0.0.5:8000", upstream_status="200", upstream_header_ns=1)
    streamed(scene, entry, at=8, **TOLD)
    scene.error_line(CUT)
    verdict = scene.verdict()
    assert (entry, True, "desk", "app.unhandled_exception") == (verdict["request_span_id"], *answer(verdict))


def test_a_caller_that_failed_of_half_an_answer_is_the_one_failure(scene: Any) -> None:
    """It answered 500 itself, which is what its client got."""
    entry = scene.server("gateway", 500, lasts=30)
    call = scene.call("gateway", entry, failed=False, at=1, lasts=10, server_address="desk")
    streamed(scene, call, at=8, **TOLD)
    scene.raises(entry, "json.decoder.JSONDecodeError", "Expecting ',' delimiter", at=12)
    assert (entry, False) == ((verdict := scene.verdict())["request_span_id"], verdict["truncated"])


def test_a_gateway_tells_in_its_access_line_that_an_answer_broke_off(scene: Any) -> None:
    """Envoy has no error line beside it."""
    told = "Envoy UPE upstream_reset_after_response_started{protocol_error}"
    scene.access(
        200,
        format="envoy_access",
        service_name="envoy",
        upstream="10.0.0.5:8000",
        completed=False,
        attr_keys=["gateway.reason"],
        attr_vals=[told],
    )
    assert (True, "http://10.0.0.5:8000", "app.bad_response") == answer(scene.verdict())
