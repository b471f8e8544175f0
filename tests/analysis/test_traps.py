"""What must never fool a verdict: each trap of the contract, on a scene of its own."""

from typing import Any

REFUSED = 'connection to server at "db", port 5432 failed: Connection refused'


def answer(verdict: dict[str, Any]) -> tuple[str, str, str]:
    return verdict["layer"], verdict["component"], verdict["cause"]


def test_a_refused_connection_is_the_databases_failure(scene: Any) -> None:
    """The exception that ended the request names who refused, and where."""
    entry = scene.server("checkout", 500)
    scene.raises(entry, "psycopg.OperationalError", REFUSED)
    verdict = scene.verdict()
    assert ("database", "postgresql://db:5432", "database.unreachable") == answer(verdict)
    assert verdict["confidence"] >= 0.8
    assert "app/checkout/app.unhandled_exception" == verdict["runner_up"]


def test_what_another_culpa_found_is_no_witness(scene: Any) -> None:
    entry = scene.server("checkout", 500)
    scene.raises(entry, "KeyError", "'total'")
    own = {"trace_id": scene.trace, "span_id": entry, "service_name": "checkout", "severity_number": 17}
    scene.server_log("otlp", "culpa.verdict", f"postgresql://db:5432/shop refused the connection: {REFUSED}", **own)
    verdict = scene.verdict()
    assert ("app", "checkout", "app.unhandled_exception") == answer(verdict)
    assert "" == verdict["runner_up"]


def test_a_handled_error_does_not_explain_another_failure(scene: Any) -> None:
    """A query failed and was survived; what ended the request is the app's own KeyError."""
    entry = scene.server("checkout", 500)
    query = scene.query("checkout", entry, at=1, lasts=2)
    scene.raises(query, "psycopg.errors.UndefinedTable", 'relation "cache" does not exist', at=2)
    scene.raises(entry, "KeyError", "'total'", at=8)
    assert ("app", "checkout", "app.unhandled_exception") == answer(scene.verdict())


def test_a_failed_query_after_which_the_app_gives_up_is_the_cause(scene: Any) -> None:
    """No exception reached the entry span, but the last thing that happened was a query that failed."""
    entry = scene.server("checkout", 500)
    query = scene.query("checkout", entry, at=1, lasts=2)
    scene.raises(query, "psycopg.errors.DeadlockDetected", "deadlock detected", at=2)
    assert ("database", "postgresql://db:5432/shop", "database.deadlock") == answer(scene.verdict())


def test_a_retry_that_worked_is_no_cause(scene: Any) -> None:
    """The same query failed and then went well; the request failed of something else."""
    entry = scene.server("checkout", 500)
    first = scene.query("checkout", entry, at=1, lasts=1)
    scene.raises(first, "psycopg.errors.SerializationFailure", "could not serialize access", at=2)
    scene.query("checkout", entry, at=3, lasts=1, failed=False)
    assert ("app", "checkout", "app.error_response") == answer(scene.verdict())


def test_a_request_that_succeeded_has_no_verdict(scene: Any) -> None:
    """A red span inside a request answered 200 or 404 is nobody's failure."""
    for status in (200, 404):
        entry = scene.server("checkout", status, trace_id=f"{status:032x}")
        query = scene.query("checkout", entry, trace_id=f"{status:032x}")
        scene.raises(query, "psycopg.errors.UniqueViolation", "duplicate key value violates unique constraint")
    assert [] == scene.verdicts()


def test_a_client_that_left_is_no_failure(scene: Any) -> None:
    """The web server says 499, whatever the app answered afterwards."""
    access = scene.access(499, upstream="app:8000", upstream_status="-")
    scene.server("checkout", 500, parent=access)
    assert [] == scene.verdicts()


def test_the_access_line_overrides_the_web_servers_own_span(scene: Any) -> None:
    """Caddy's span says 200 for a 502 that it made itself; span and line share their id."""
    access = scene.access(502, upstream="app:8000", upstream_status="502")
    scene.span("nginx", kind=2, span_id=access, http_response_status_code=200, http_request_method="GET")
    scene.error_line(
        "connect() failed (111: Connection refused) while connecting to upstream",
        upstream_address="http://app:8000/x",
    )
    verdict = scene.verdict()
    assert ("app", "http://app:8000", "app.down") == answer(verdict)
    assert 502 == verdict["status"]


def test_one_failure_is_judged_once_across_services(scene: Any) -> None:
    """Three services answer 500 in a row; the origin is the one that does not merely pass it on."""
    edge = scene.server("edge", 500, lasts=30)
    call = scene.call(
        "edge",
        edge,
        at=1,
        lasts=25,
        url_full="http://orders:80/o",
        http_response_status_code=500,
        server_address="orders",
    )
    scene.raises(
        edge,
        "httpx.HTTPStatusError",
        "Server error '500 Internal Server Error' for url 'http://orders/o'",
        at=27,
    )
    middle = scene.server("orders", 500, parent=call, at=2, lasts=20)
    scene.raises(middle, "ZeroDivisionError", "division by zero", at=20)
    verdict = scene.verdict()
    assert ("app", "orders", "app.unhandled_exception") == answer(verdict)
    assert "edge" == verdict["service"]
    assert "ZeroDivisionError" == verdict["exception_type"]


def test_a_failure_that_the_caller_survived_is_told_as_such(scene: Any) -> None:
    """The outer request answered 200 with a fallback; the inner 500 is a failure of its own that did not surface."""
    edge = scene.server("edge", 200, lasts=30)
    call = scene.call("edge", edge, at=1, lasts=20, url_full="http://orders/o", http_response_status_code=500)
    inner = scene.server("orders", 500, parent=call, at=2, lasts=15)
    scene.raises(inner, "ZeroDivisionError", "division by zero")
    verdict = scene.verdict()
    assert ("app", "orders", "app.unhandled_exception") == answer(verdict)
    assert verdict["surfaced"] is False


def test_noise_of_the_framework_is_not_evidence(scene: Any) -> None:
    """A synthetic send span is red only because the answer was 500."""
    entry = scene.server("checkout", 500)
    scene.span("checkout", "GET / http send", parent=entry, status_code=2, http_response_status_code=500)
    assert ("app", "checkout", "app.error_response") == answer(scene.verdict())


def test_work_under_a_leaked_context_is_left_out(scene: Any) -> None:
    """A span that begins seconds after the request's own span ended belongs to another request."""
    entry = scene.server("checkout", 500, lasts=10)
    later = scene.query("checkout", entry, at=5000, lasts=5)
    scene.raises(later, "psycopg.errors.DeadlockDetected", "deadlock detected", at=5004)
    assert ("app", "checkout", "app.error_response") == answer(scene.verdict())


def test_work_that_a_handler_only_began_is_of_its_request(scene: Any) -> None:
    """The span of an asynchronous handler ends where the handler returned; what it began goes on."""
    entry = scene.server("checkout", 500, lasts=100)
    handler = scene.span("checkout", "request handler", parent=entry, at=1, lasts=0.1)
    call = scene.query("checkout", handler, at=5, lasts=20)
    scene.raises(call, "psycopg.errors.DeadlockDetected", "deadlock detected", at=24)
    assert ("database", "postgresql://db:5432/shop", "database.deadlock") == answer(scene.verdict())


def test_parents_in_a_circle_end(scene: Any) -> None:
    """A cycle of parents neither hangs nor hides the failure."""
    entry = scene.server("checkout", 500, span_id="a" * 16, parent="b" * 16)
    scene.span("checkout", span_id="b" * 16, parent="a" * 16)
    scene.raises(entry, "KeyError", "'x'")
    assert ("app", "checkout", "app.unhandled_exception") == answer(scene.verdict())


def test_duplicated_spans_count_once(scene: Any) -> None:
    """The same span twice is one failure."""
    for _ in range(2):
        scene.server("checkout", 500, span_id="c" * 16)
    assert 1 == len(scene.verdicts())


def test_a_bare_proxy_timeout_is_unknown(scene: Any) -> None:
    """Nothing from inside tells what the app was doing: the address is named, the cause is not."""
    scene.access(504, upstream="app:8000", upstream_status="504", lasts=1000, upstream_connect_ns=1000)
    scene.error_line("upstream timed out (110: Connection timed out) while reading response header from upstream")
    verdict = scene.verdict()
    assert ("app", "http://app:8000", "unknown") == answer(verdict)
    assert verdict["confidence"] < 0.5
    assert verdict["missing"]


def test_a_late_span_revises_the_verdict(scene: Any) -> None:
    """First only the proxy's timeout, later the app's span with the query that took the time."""
    access = scene.access(504, upstream="app:8000", upstream_status="504", lasts=1000, upstream_connect_ns=1000)
    assert "unknown" == scene.verdict()["cause"]
    entry = scene.server("checkout", 200, parent=access, lasts=3000)
    scene.query("checkout", entry, at=1, lasts=2990, failed=False)
    verdict = scene.verdict()
    assert ("database", "postgresql://db:5432/shop", "database.timeout") == answer(verdict)
    revisions = scene.store.query("select count(*) as n from verdict_revisions").to_pylist()
    assert [{"n": 2}] == revisions


def test_judging_again_adds_nothing(scene: Any) -> None:
    """Unchanged evidence gives no new revision."""
    scene.server("checkout", 500)
    scene.verdicts()
    scene.verdicts()
    assert [{"n": 1}] == scene.store.query("select count(*) as n from verdict_revisions").to_pylist()


def test_a_failure_that_turns_out_to_be_none_is_withdrawn(scene: Any) -> None:
    """The web server tried another app: its line, which came late, says 499 to the client."""
    access = "d" * 16
    scene.server("checkout", 500, parent=access)
    assert 1 == len(scene.verdicts())
    scene.access(499, span_id=access)
    assert [] == scene.verdicts()


def test_two_trees_in_one_trace_are_two_failures(scene: Any) -> None:
    """Two entry spans without a common parent failed for two reasons."""
    scene.raises(scene.server("a", 500), "KeyError", "'x'")
    scene.raises(scene.server("b", 500), "psycopg.errors.DeadlockDetected", "deadlock detected")
    assert {"app.unhandled_exception", "database.deadlock"} == {verdict["cause"] for verdict in scene.verdicts()}


def test_a_component_that_discovery_did_not_find_is_blamed_by_its_name(scene: Any) -> None:
    """No call was made: the name stands in the exception, and an earlier call to another service went well."""
    edge = scene.server("edge", 500, lasts=30)
    call = scene.call("edge", edge, failed=False, at=1, lasts=20)
    middle = scene.server("orders", 500, parent=call, at=2, lasts=15)
    scene.call(
        "orders",
        middle,
        failed=False,
        at=3,
        lasts=2,
        url_full="http://stations/list",
        http_response_status_code=200,
    )
    scene.raises(middle, "java.lang.IllegalStateException", "No instances available for trains", at=15)
    assert ("upstream", "trains", "upstream.unreachable") == answer(scene.verdict())


def test_the_search_goes_on_below_a_span_that_says_nothing_of_its_call(scene: Any) -> None:
    """A CLIENT span without attributes is a call to the service whose span hangs below it."""
    edge = scene.server("edge", 500, lasts=30)
    call = scene.call("edge", edge, failed=False, at=1, lasts=20)
    inner = scene.server("orders", 500, parent=call, at=2, lasts=15)
    scene.raises(inner, "ZeroDivisionError", "division by zero")
    assert ("app", "orders", "app.unhandled_exception") == answer(scene.verdict())
