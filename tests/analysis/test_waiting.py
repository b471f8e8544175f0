"""Time: who used it up, who waited in vain, and what clocks that differ make of it."""

from typing import Any

import pytest

HOUR_MS = 3_600_000
DATABASE = "postgresql://db:5432/shop"


def answer(verdict: dict[str, Any]) -> tuple[str, str, str]:
    return verdict["layer"], verdict["component"], verdict["cause"]


def rules_of(verdict: dict[str, Any]) -> set[str]:
    return {one["rule"] for one in verdict["evidence"]}


def waited(scene: Any, lasts: float = 1000, **columns: Any) -> str:
    """Add a request that nginx gave up."""
    return str(
        scene.access(504, upstream="app:8000", upstream_status="504", lasts=lasts, upstream_connect_ns=1000, **columns)
    )


def worked_before(scene: Any, skew: float = 0, requests: int = 12, traced: int = 12) -> None:
    """Add requests that went well, the app's clock ahead by so many milliseconds."""
    for number in range(requests):
        trace = f"{number + 16:032x}"
        access = scene.access(200, upstream="app:8000", upstream_status="200", trace_id=trace)
        if number < traced:
            scene.server("checkout", 200, parent=access, trace_id=trace, at=skew - 5, lasts=5)


def test_a_clock_that_is_ahead_does_not_make_a_queue(scene: Any) -> None:
    """The app's clock is an hour ahead in every request: it began at once, and used the time up itself."""
    worked_before(scene, HOUR_MS)
    scene.server("checkout", 200, parent=waited(scene), at=HOUR_MS, lasts=3000)
    assert ("app", "checkout", "app.slow") == answer(scene.verdict())


def test_a_clock_that_is_ahead_does_not_hide_a_queue(scene: Any) -> None:
    """The app's clock is an hour behind, and it began eight seconds late."""
    worked_before(scene, -HOUR_MS)
    scene.server("checkout", 200, parent=waited(scene), at=8000 - HOUR_MS, lasts=5)
    scene.server("checkout", 200, trace_id="f" * 32, at=-500 - HOUR_MS, lasts=8400)
    assert ("app", "checkout", "app.workers_exhausted") == answer(scene.verdict())


def test_a_late_begin_with_nobody_at_work_is_no_queue(scene: Any) -> None:
    """The process was stopped meanwhile, or the machine had no time for it: what held it up is not known."""
    worked_before(scene)
    scene.server("checkout", 200, parent=waited(scene), at=8000, lasts=5)
    assert "unknown" == scene.verdict()["cause"]


def test_two_clocks_that_nobody_compared_tell_little(scene: Any) -> None:
    """An hour between the web server and the app is no queue."""
    scene.server("checkout", 200, parent=waited(scene), at=HOUR_MS, lasts=5)
    assert "queued" not in rules_of(scene.verdict())


def test_the_time_of_many_calls_of_one_component_counts_together(scene: Any) -> None:
    """Ten queries of 250 ms are one slow database."""
    entry = scene.server("checkout", 200, parent=waited(scene), lasts=3000)
    for number in range(10):
        scene.query("checkout", entry, at=number * 280 + 1, lasts=270, failed=False)
    assert ("database", DATABASE, "database.timeout") == answer(scene.verdict())


def test_the_search_for_the_time_goes_on_in_a_traced_service(scene: Any) -> None:
    """The edge waited for the orders, and those for their database."""
    worked_before(scene)
    edge = scene.server("checkout", 200, parent=waited(scene), lasts=3000)
    call = scene.call("checkout", edge, failed=False, at=5, lasts=2980, url_full="http://10.0.0.9/o")
    orders = scene.server("orders", 200, parent=call, at=6, lasts=2970)
    scene.query("orders", orders, failed=False, at=10, lasts=2900)
    assert ("database", DATABASE, "database.timeout") == answer(scene.verdict())


def test_a_traced_service_that_took_the_time_is_slow_itself(scene: Any) -> None:
    """It is named by its service, not by its address."""
    worked_before(scene)
    edge = scene.server("checkout", 200, parent=waited(scene), lasts=3000)
    call = scene.call("checkout", edge, failed=False, at=5, lasts=2980, url_full="http://10.0.0.9/o")
    scene.server("orders", 200, parent=call, at=6, lasts=2970)
    assert ("app", "orders", "app.slow") == answer(scene.verdict())


def test_a_call_that_was_given_up_is_the_slow_callees(scene: Any) -> None:
    """The caller saw a timeout; the callee's span, which came late, shows it at work all the time."""
    edge = scene.server("edge", 500, lasts=2100)
    call = scene.call("edge", edge, at=1, lasts=2000, url_full="http://10.0.0.9/o", error_type="httpx.ReadTimeout")
    for span in (call, edge):
        scene.raises(span, "httpx.ReadTimeout", "The read operation timed out", at=2001)
    orders = scene.server("orders", 200, parent=call, at=2, lasts=5000)
    scene.query("orders", orders, failed=False, at=10, lasts=4900)
    assert ("database", DATABASE, "database.timeout") == answer(scene.verdict())


@pytest.mark.parametrize(("traced", "is_told"), [(12, True), (3, False)])
def test_a_missing_span_tells_only_where_spans_are_not_sampled(scene: Any, traced: int, is_told: bool) -> None:
    """Of twelve requests that went well all sent a span, or only three did."""
    worked_before(scene, traced=traced)
    scene.access(502, upstream="app:8000", upstream_status="502", upstream_connect_ns=1000)
    scene.access(
        503,
        trace_id="e" * 32,
        upstream="app:8000",
        upstream_status="503",
        upstream_connect_ns=1000,
        upstream_header_ns=2000,
    )
    told = set.union(*map(rules_of, scene.verdicts()))
    assert is_told == ("span_missing" in told)
    assert is_told == ("access_refused_by_server" in told)


def test_the_requests_that_kept_the_workers_busy_are_evidence(scene: Any) -> None:
    """Two of another route were at work all the time, one only for a moment, one in another service."""
    worked_before(scene)
    scene.server("checkout", 200, parent=waited(scene, 9000), at=8000, lasts=5)
    long_ones = [
        scene.server("checkout", 200, trace_id=f"{number:032x}", at=-500, lasts=lasts, name="GET /report")
        for number, lasts in ((900, 8200), (901, 8400))
    ]
    scene.server("checkout", 200, trace_id=f"{902:032x}", at=7000, lasts=900)
    scene.server("search", 200, trace_id=f"{903:032x}", at=-500, lasts=9000)
    verdict = scene.verdict()
    assert ("app", "checkout", "app.workers_exhausted") == answer(verdict)
    (told,) = [one for one in verdict["evidence"] if one["rule"] == "occupied"]
    assert f"span:{long_ones[1]}" == told["source"]
    assert (
        "2 other requests were at work on checkout meanwhile, the longest, GET /report, for 8.4 s" == told["statement"]
    )
