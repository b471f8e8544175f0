"""A failure brings along what the process and its machine had left, by names that the rules know."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_RELATION = Path(__file__).parents[2] / "analysis/culpa/analysis/relations/surroundings/used_up.sql"


@pytest.fixture(scope="module")
def server(sink: Any, serve: Any, culpa_run: Any, free_port: Any, tmp_path_factory: Any) -> Iterator[Any]:
    """Run the service; by the clock it would send no metrics before the test has ended."""
    port = free_port()
    command = culpa_run(sink.url, "uvicorn", "pool_shop:app", "--port", str(port), "--log-level", "warning")
    file = tmp_path_factory.mktemp("shop") / "shop.db"
    yield serve(command, port, {"SHOP_FILE": str(file), "OTEL_METRIC_EXPORT_INTERVAL": "3600000"})


@pytest.fixture(scope="module")
def told(server: Any, sink: Any) -> dict[str, list[tuple[float, dict[str, Any]]]]:
    """Let a request block the loop, let another fail for want of a connection; return the metrics by name."""
    assert 500 == server.get("/exhausted").status_code
    sink.wait(lambda s: [point for point in s.points if point.name == "db.client.connection.max"])
    found: dict[str, list[tuple[float, dict[str, Any]]]] = {}
    for point in list(sink.points):
        found.setdefault(point.name, []).append((point.value, point.attributes))
    return found


def test_a_pool_that_is_used_up_is_told_with_the_failure(told: Any) -> None:
    """All its connections are used, and the request that gave up counts as one that waits."""
    name = {"db.client.connection.pool.name": told["db.client.connection.max"][0][1]["db.client.connection.pool.name"]}
    assert "/shop.db" == name["db.client.connection.pool.name"][-8:]
    assert [(2, name)] == told["db.client.connection.max"]
    assert (2, name | {"db.client.connection.state": "used"}) in told["db.client.connection.count"]
    assert (0, name | {"db.client.connection.state": "idle"}) in told["db.client.connection.count"]
    assert [(1, name)] == told["db.client.connection.pending_requests"]


def test_process_and_machine_are_measured(told: Any) -> None:
    """Plausible numbers of memory, files, threads, collections, disks."""
    values = {name: points[0][0] for name, points in told.items()}
    assert 10_000_000 < values["process.memory.usage"] < values["process.memory.virtual"]
    assert 5 < values["process.unix.file_descriptor.count"] < values["process.unix.file_descriptor.limit"]
    assert 3 <= values["process.thread.count"] < 100
    assert 0 < values["system.memory.utilization"] < 1
    assert {"used"} == {
        attributes["system.filesystem.state"] for _, attributes in told["system.filesystem.utilization"]
    }
    assert {0, 1, 2} == {attributes["cpython.gc.generation"] for _, attributes in told["cpython.gc.collections"]}


def test_the_rules_know_the_names(told: Any) -> None:
    """All but those that only people read."""
    rule = _RELATION.read_text()
    unread = {
        "process.memory.virtual",
        "process.thread.count",
        "cpython.gc.collections",
        "cpython.gc.uncollectable_objects",
    }
    quoted = set(re.findall(r"'([a-z_.]+)'", rule))
    pattern = re.compile("(event_?loop|asyncio)[._a-z]*[._](delay|lag)")
    assert pattern.pattern in rule
    assert unread == {name for name in told if name not in quoted and not pattern.match(name)}


def test_a_blocked_loop_is_told(server: Any, sink: Any, told: Any) -> None:
    """Whoever blocks it for 0.9 s is seen by a timer of half a second."""
    assert "asyncio.eventloop.delay.max" in told
    server.get("/block")
    # Five seconds lie between two readings that failures ask for.
    for _ in range(12):
        server.get("/exhausted")
        try:
            sink.wait(lambda s: [p for p in s.points if p.name == "asyncio.eventloop.delay.max" and p.value > 0.3], 0.6)
        except AssertionError:
            continue
        return
    raise AssertionError("the delay of the event loop was not told")


def test_the_instrumentations_own_metrics_are_left_out(told: Any) -> None:
    """They would cost each request, and no rule reads them."""
    assert [] == [name for name in told if name.startswith("http.")]


def test_none_of_the_hooks_complains(server: Any, told: Any) -> None:
    """Not a line of ours."""
    assert "culpa:" not in server.output
