"""Telemetry that was lost on its way (a collector samples, strips or is down) is no sign of what the app did."""

from typing import Any

import pytest

MS = 1_000_000
SECOND_NS = 1_000 * MS


def beside(scene: Any, *, at_s: float, heard: bool, first: int) -> None:
    """Add twelve requests that the app answered well, so long before or after the failure, with its spans or without."""
    for number in range(first, first + 12):
        trace = f"{number:032x}"
        when = scene.start_ns + int(at_s * SECOND_NS)
        access = scene.access(200, upstream="app:8000", upstream_status="200", trace_id=trace, start_time=when)
        if heard:
            scene.server("checkout", 200, parent=access, trace_id=trace, at=at_s * 1000, lasts=5)


def lost_connection(scene: Any) -> None:
    """Let the app's process close the connection without an answer."""
    scene.access(502, upstream="app:8000", upstream_status="502", upstream_connect_ns=1000)
    scene.error_line("upstream prematurely closed connection while reading response header from upstream")


@pytest.mark.parametrize(
    ("heard_after", "cause"), [(True, "app.worker_killed"), (False, "app.bad_response")], ids=["heard", "unheard"]
)
def test_a_missing_span_is_a_death_only_where_those_beside_it_arrive(scene: Any, heard_after: bool, cause: str) -> None:
    """The app sent a span of each request before; afterwards all of them arrive, or none does."""
    beside(scene, at_s=-60, heard=True, first=16)
    beside(scene, at_s=-59, heard=True, first=32)
    beside(scene, at_s=8, heard=heard_after, first=64)
    # So that of all requests still more than nine in ten have a span.
    for number in range(10):
        beside(scene, at_s=-100 - number, heard=True, first=100 + 12 * number)
    lost_connection(scene)
    verdict = scene.verdict()
    assert cause == verdict["cause"]
    assert heard_after or verdict["confidence"] < 0.8


def test_a_500_without_a_span_is_not_said_to_be_the_app_s_choice_where_spans_are_sampled(scene: Any) -> None:
    """Half of the requests that went well have no span either."""
    beside(scene, at_s=-60, heard=True, first=16)
    beside(scene, at_s=-60, heard=False, first=32)
    scene.access(500, upstream="app:8000", upstream_status="500", upstream_connect_ns=1, upstream_header_ns=2)
    verdict = scene.verdict()
    assert "unknown" == verdict["cause"] and verdict["confidence"] < 0.5


def test_an_app_whose_spans_are_dropped_speaks_by_its_log_records(scene: Any) -> None:
    """The record bears the trace, and a span that never arrived; nothing else names the app."""
    scene.access(500, upstream="app:8000", upstream_status="500", upstream_connect_ns=1, upstream_header_ns=2)
    log = scene.server_log(
        "otlp", "", "request failed", trace_id=scene.trace, span_id="a" * 16, service_name="checkout"
    )
    scene.logs_exception(log, "psycopg.errors.UndefinedTable", 'relation "orders" does not exist')
    scene.rows["exceptions"][-1] |= {"trace_id": scene.trace, "span_id": "a" * 16, "service_name": "checkout"}
    verdict = scene.verdict()
    assert ("config.schema_drift", "checkout") == (verdict["cause"], verdict["component"])


def test_of_two_services_that_log_neither_is_taken_for_the_app(scene: Any) -> None:
    """Which of them the web server asked is not known."""
    scene.access(500, upstream="app:8000", upstream_status="500", upstream_connect_ns=1, upstream_header_ns=2)
    for number, service in enumerate(("checkout", "stock")):
        span = f"{number + 7:016x}"
        log = scene.server_log("otlp", "", "request failed", trace_id=scene.trace, span_id=span, service_name=service)
        scene.logs_exception(log, "KeyError", "'x'")
        scene.rows["exceptions"][-1] |= {"trace_id": scene.trace, "span_id": span, "service_name": service}
    assert scene.verdict()["component"] not in ("checkout", "stock")


def test_an_exception_without_type_and_words_is_no_bug_of_the_app(scene: Any) -> None:
    """Somebody on the way renamed its attributes."""
    entry = scene.server("checkout", 500)
    scene.raises(entry, "", "")
    verdict = scene.verdict()
    assert "app.unhandled_exception" != verdict["cause"] or verdict["confidence"] < 0.8


def test_asterisks_are_no_name_of_a_host(scene: Any) -> None:
    """What a redaction on the way left is the same for every database."""
    entry = scene.server("checkout", 500)
    query = scene.query("checkout", entry, server_address="****")
    for span in (query, entry):
        scene.raises(span, "psycopg.errors.DeadlockDetected", "deadlock detected")
    assert "*" not in scene.verdict()["component"]
