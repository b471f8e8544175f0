"""The relation `problems` where little is known of the failures behind it."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa

from culpa.analysis.report.problems import print_problems
from culpa.analysis.surface.filters import Filters
from culpa.analysis.surface.rows import Rows
from culpa.analysis.surface.session import Session
from culpa.store import DuckDBStore, append, arrow_schema

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


def _blank(relation: str, rows: list[dict[str, Any]]) -> pa.Table:
    """Return rows of a relation that have nothing else than these values."""
    schema = arrow_schema(relation)
    empty: dict[str, Any] = {}
    for field in schema:
        is_list = pa.types.is_list(field.type)
        absent: Any = [] if is_list else "" if pa.types.is_string(field.type) else False
        empty[field.name] = (
            absent if is_list or pa.types.is_string(field.type) or pa.types.is_boolean(field.type) else 0
        )
    return pa.Table.from_pylist([{**empty, **row} for row in rows], schema=schema)


def _busy_store(path: Path) -> DuckDBStore:
    """Return a store of eight problems at five routes in a day, with revisions, silences and a withdrawn verdict."""
    chance = Random(7)
    spans: list[dict[str, Any]] = []
    verdicts: list[dict[str, Any]] = []
    for number in range(900):
        at_ns, route = START_NS + chance.randrange(86_400) * 1000 * MS, f"/r{chance.randrange(5)}"
        trace_id = f"{number:032x}"
        spans.append({"trace_id": trace_id, "span_id": "1", "start_time": at_ns, "kind": 2, "http_route": route})
        if number % 3:
            continue
        # Some problems belong to a part of the day alone.
        problem = chance.randrange(4) + (4 if at_ns - START_NS < 3_600_000 * 9 * MS else 0)
        judged = {"trace_id": trace_id, "request_span_id": "1", "ended_at": at_ns + chance.randrange(90_000) * MS}
        judged |= {"route": route, "component": f"c{problem}", "confidence": chance.random(), "status": 500}
        for revision in range(chance.randrange(1, 4)):
            seen = problem if revision else chance.randrange(8)
            more = {
                "fingerprint": f"1:p{seen}",
                "judged_at": at_ns + revision * MS,
                "withdrawn": chance.random() < 0.05,
            }
            verdicts.append({**judged, **more})
    store = DuckDBStore(path, writable=True)
    with store.transaction() as cursor:
        append(cursor, "spans", _blank("spans", spans))
        append(cursor, "verdict_revisions", _blank("verdict_revisions", verdicts))
    return store


def test_every_figure_of_a_problem_is_what_counting_its_requests_one_by_one_gives(tmp_path: Path) -> None:
    """The view counts by minutes and reads only what it needs; the slow way looks at each pair of problem and request."""
    with _busy_store(tmp_path / "busy.duckdb") as store:
        revisions = store.query(
            "select trace_id, fingerprint, route, judged_at, withdrawn, ended_at from verdict_revisions"
        )
        newest: dict[str, dict[str, Any]] = {}
        for row in sorted(revisions.to_pylist(), key=lambda row: row["judged_at"]):
            newest[row["trace_id"]] = row
        told = [row for row in newest.values() if not row["withdrawn"]]
        asked = store.query("select http_route, start_time from spans").to_pylist()
        found = store.query("select * from problems").to_pylist()
        assert len(found) > 5 and {row["fingerprint"] for row in told} == {row["fingerprint"] for row in found}
        assert {"resolved", "regressed", "ongoing"} & {row["state"] for row in found}
        for problem in found:
            own = [row for row in told if row["fingerprint"] == problem["fingerprint"]]
            routes = {row["route"] for row in own}
            since = min(row["ended_at"] for row in own) - timedelta(minutes=1)
            volume = sum(1 for one in asked if one["http_route"] in routes and one["start_time"] >= since)
            assert (len(own), sorted(routes)) == (problem["requests"], problem["routes"])
            assert len(own) / max(len(own), volume) == problem["share"]
            alone = store.query(f"select * from problem_rows(['{problem['fingerprint']}'], true)").to_pylist()
            assert [problem] == alone


def test_the_list_of_problems_has_the_figures_of_all_problems(tmp_path: Path) -> None:
    """Filtered or not, and sorted by harm."""
    bins, hour_ns = 24, 3_600_000 * MS
    with _busy_store(tmp_path / "busy.duckdb") as store:
        session = Session(store)
        every = {row["fingerprint"]: row for row in store.query("select * from problems").to_pylist()}
        for filters in (Filters(), Filters(route="/r3"), Filters(text="C1")):
            window = {"window_ns": START_NS, "bin_ns": hour_ns, "bins": bins, "max_rows": 200}
            given = {"is_filtered": filters.is_set, "with_releases": True, **window, **filters.parameters()}
            listed = session.ask("problem_list", **given).to_pylist()
            passing = session.ask("verdicts", **filters.parameters(), max_rows=10_000).to_pylist()
            counts = Counter(row["fingerprint"] for row in passing)
            assert counts == Counter({row["fingerprint"]: row["matched"] for row in listed})
            assert {len(listed)} == {row["of_all"] for row in listed}
            for row in listed:
                assert every[row["fingerprint"]] == {name: row[name] for name in every[row["fingerprint"]]}
                mine = [one for one in passing if one["fingerprint"] == row["fingerprint"]]
                assert max(mine, key=lambda one: one["ended_at"])["trace_id"] == row["newest"]["trace_id"]
                assert row["recent"] == sum(one["failed"] for one in row["counts"])
            harm = [(row["state"] == "resolved", -row["last_bin"], -row["recent"], -row["requests"]) for row in listed]
            assert sorted(harm) == harm
