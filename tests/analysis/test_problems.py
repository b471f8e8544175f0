"""The relation `problems` where little is known of the failures behind it."""

from typing import Any

from culpa.analysis.report.problems import print_problems
from culpa.analysis.surface.rows import Rows

from .conftest import MS, START_NS


def problems(scene: Any) -> list[dict[str, Any]]:
    scene.verdicts()
    return list(Rows(scene.store.query("select * from problems")))


def test_a_problem_of_unknown_paths_has_no_routes(scene: Any) -> None:
    """A web server that ran out of files logs neither request line nor route; the list is empty and can be printed."""
    scene.access(500, url_path="", http_request_method="")
    (problem,) = problems(scene)
    assert [] == problem["routes"]


def test_problems_are_printed_whatever_a_segment_of_before_holds(capsys: Any) -> None:
    """The view of an older segment gives null for no routes."""
    from rich.console import Console

    row = {"state": "new", "cause": "app.slow", "layer": "app", "component": "shop", "object": "", "requests": 1}
    row |= {"share": 1.0, "persistent": False, "routes": None, "unattributed": 0, "change": "", "example_trace_id": ""}
    row |= {"first_seen": "2026-01-01T00:00:00Z", "last_seen": "2026-01-01T00:00:00Z", "matched": 1}
    row |= {"fingerprint": "1:c30bc4d97b3801d6", "exception_type": "", "exception_message": "", "location": ""}
    print_problems(Console(width=80, force_terminal=False), [row])
    assert "app.slow  shop" in capsys.readouterr().out


def test_connections_that_were_refused_are_over_when_requests_come_again(scene: Any) -> None:
    """Lines without any request make a problem; half an hour of traffic without one ends it."""
    lost = {"connection_id": "", "http_request_method": "", "url_path": ""}
    limit = {"event_name": "request.lost", "attr_keys": ["server.limit"], "attr_vals": ["worker_connections"]}
    scene.error_line("512 worker_connections are not enough", **lost, **limit)
    (problem,) = problems(scene)
    assert ("web_server.limit", "worker_connections", 1) == (
        problem["cause"],
        problem["object"],
        problem["unattributed"],
    )
    assert "resolved" != problem["state"]
    scene.access(200, trace_id=f"{2:032x}", start_time=START_NS + 3_600_000 * MS)
    assert ["resolved"] == [one["state"] for one in problems(scene)]


def test_an_exception_that_only_time_joins_is_not_shown_as_the_requests_own(scene: Any) -> None:
    """Another program's output, without a time and a request, may be of any moment."""
    entry = scene.server("shop", 500, parent=scene.access(500, upstream="app:8000", upstream_status="500"))
    scene.span("shop", "handler", parent=entry)
    crash = scene.server_log("node_output", "server.crashed", "Error: uncaught in timer", time=0)
    scene.logs_exception(
        crash, "Error", "uncaught in timer", stack="Error: uncaught in timer\n    at f (/srv/a.js:1:2)\n"
    )
    verdict = scene.verdict()
    assert ("app.error_response", "", "") == (
        verdict["cause"],
        verdict["exception_type"],
        verdict["exception_message"],
    )
