"""Calls of other components: which of their failures became the request's, and whose name they bear."""

from typing import Any


def answer(verdict: dict[str, Any]) -> tuple[str, str, str]:
    return verdict["layer"], verdict["component"], verdict["cause"]


def rules_of(verdict: dict[str, Any]) -> set[str]:
    return {one["rule"] for one in verdict["evidence"]}


def test_a_short_word_in_a_stack_trace_is_no_repetition(scene: Any) -> None:
    """A query failed with a word that stands in any stack trace; the app's own error is another one."""
    entry = scene.server("checkout", 500)
    query = scene.query("checkout", entry, at=1, lasts=2)
    scene.raises(query, "psycopg.errors.DeadlockDetected", "app", at=2)
    scene.raises(entry, "KeyError", "'total'", at=9)
    assert ("app", "checkout", "app.unhandled_exception") == answer(scene.verdict())


def test_a_failure_without_words_is_no_repetition(scene: Any) -> None:
    """Nothing is contained in everything."""
    entry = scene.server("checkout", 500)
    query = scene.query("checkout", entry, at=1, lasts=2)
    scene.raises(query, "Timeout", "", at=2)
    scene.raises(entry, "KeyError", "'total'", at=9)
    assert ("app", "checkout", "app.unhandled_exception") == answer(scene.verdict())


def test_the_spans_own_exception_wins_over_one_in_a_log(scene: Any) -> None:
    """The app's log tells of an error that it dealt with; what ended the request stands on the span."""
    access = scene.access(
        500, upstream="10.0.0.5:8000", upstream_status="500", upstream_connect_ns=1, upstream_header_ns=2
    )
    entry = scene.server("checkout", 500, parent=access)
    scene.raises(entry, "KeyError", "'total'")
    log = scene.server_log("python_server", "request.failed", "could not warm the cache", url_path="/orders/7")
    scene.logs_exception(
        log, "redis.exceptions.ConnectionError", "Error 111 connecting to cache:6379. Connection refused."
    )
    verdict = scene.verdict()
    assert ("app", "checkout", "app.unhandled_exception") == answer(verdict)
    assert "KeyError" == verdict["exception_type"]


def test_a_failed_call_after_which_the_work_went_on_counts_little(scene: Any) -> None:
    """A service was not reached, then the order was stored; then the app answered 500 in silence."""
    entry = scene.server("checkout", 500)
    scene.call("checkout", entry, at=1, lasts=1, url_full="https://mail.example/v1", http_response_status_code=500)
    scene.query("checkout", entry, at=3, lasts=1, failed=False)
    assert scene.verdict()["confidence"] < 0.8


def test_what_was_not_found_is_no_failure_of_who_looked(scene: Any) -> None:
    """A 404 of another service is an answer; the app that says 500 after it has its own reason."""
    entry = scene.server("checkout", 500)
    scene.call("checkout", entry, at=1, lasts=1, url_full="https://stock.example/7", http_response_status_code=404)
    assert ("app", "checkout", "app.error_response") == answer(scene.verdict())


def test_an_exception_of_a_library_right_after_a_call_may_be_about_something_else(scene: Any) -> None:
    """A query failed and was survived; the template's error came in the same instant."""
    entry = scene.server("checkout", 500)
    query = scene.query("checkout", entry, at=1, lasts=2)
    scene.raises(query, "psycopg.errors.DeadlockDetected", "deadlock detected", at=2)
    stack = (
        'Traceback (most recent call last):\n  File "/app/shop.py", line 7, in view\n'
        '  File "/usr/lib/python3/site-packages/jinja2/loaders.py", line 9, in get_source\n'
        "jinja2.exceptions.TemplateNotFound: order.html\n"
    )
    scene.raises(entry, "jinja2.exceptions.TemplateNotFound", "order.html", at=4, stack=stack, is_from_library=True)
    assert ("app", "checkout", "app.unhandled_exception") == answer(scene.verdict())


def test_a_traced_service_that_refuses_is_named_by_its_service(scene: Any) -> None:
    """It answered 400 and did well: the search ends at the call, and the callee has the name that it gives itself."""
    edge = scene.server("edge", 500, lasts=30)
    call = scene.call("edge", edge, at=1, lasts=20, url_full="http://10.0.0.9/o", http_response_status_code=429)
    scene.raises(edge, "requests.HTTPError", "429 Client Error: Too Many Requests for url: http://10.0.0.9/o", at=25)
    scene.server("orders", 429, parent=call, at=2, lasts=15, status_code=2)
    assert ("upstream", "orders", "upstream.rate_limited") == answer(scene.verdict())


def test_a_gateway_that_found_nobody_did_not_choose_to_answer_so(scene: Any) -> None:
    """It has no route of its own, answers 502 and does no work: why, nothing tells."""
    scene.server("gateway", 502, http_route="")
    verdict = scene.verdict()
    assert "unknown" == verdict["cause"]
    assert "error_response" not in rules_of(verdict)


def test_an_app_that_worked_and_answered_502_chose_to(scene: Any) -> None:
    """It has work of its own to show."""
    entry = scene.server("checkout", 502)
    scene.span("checkout", "collect offers", parent=entry, at=1, lasts=5)
    assert ("app", "checkout", "app.error_response") == answer(scene.verdict())


def test_a_gateway_that_hands_an_answer_on_does_not_make_the_callee_an_outside_service(scene: Any) -> None:
    """The same path, the same status, all of the time: why the service behind it failed is not known."""
    entry = scene.server("gateway", 500, lasts=20, url_path="/api/orders/7")
    scene.call(
        "gateway",
        entry,
        at=1,
        lasts=18,
        url_full="http://orders:8080/orders/7",
        url_path="/orders/7",
        http_response_status_code=500,
    )
    verdict = scene.verdict()
    assert ("upstream", "http://orders:8080") == (verdict["layer"], verdict["component"])
    assert verdict["confidence"] < 0.8


def test_a_statement_that_failed_is_not_the_cause_of_an_error_of_another_kind(scene: Any) -> None:
    """The database logged an error that the app survived; what ended the request is the app's own."""
    entry = scene.server("checkout", 500)
    query = scene.query("checkout", entry, at=1, lasts=2)
    scene.raises(entry, "KeyError", "'total'", at=8)
    scene.server_log(
        "postgresql_json",
        "query.failed",
        "deadlock detected",
        trace_id=scene.trace,
        span_id=query,
        error_code="40P01",
        service_name="postgresql",
    )
    verdict = scene.verdict()
    assert ("app", "checkout", "app.unhandled_exception") == answer(verdict)
    weights = [one["weight"] for one in verdict["evidence"] if one["rule"] == "log_database_refused"]
    assert weights and max(weights) < 1
