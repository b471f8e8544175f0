"""Metrics around the time of a failure: they support what something else says, and alone convict nobody."""

from typing import Any

import pytest

from culpa.analysis.explanation.replay import replay

from .conftest import MS, START_NS, Scene

HOST = {"resource_id": 77, "service_name": "agent", "host_name": "web-1", "first_seen": START_NS}


def _service(scene: Scene, **columns: Any) -> None:
    """Let the spans of `shop` come from web-1."""
    row = {"resource_id": sum(b"shop"), "service_name": "shop", "host_name": "web-1", "first_seen": START_NS}
    scene.add("resources", row | columns)


def _point(scene: Scene, name: str, value: float, *, at: float = -20_000, service: str = "shop", **attrs: str) -> None:
    """Add a metric point, `at` milliseconds from the scene's start."""
    if service == "agent" and HOST not in scene.rows.get("resources", []):
        scene.add("resources", dict(HOST))
    row: dict[str, Any] = {"name": name, "value": value, "kind": "gauge", "service_name": service}
    row |= {
        "time": START_NS + int(at * MS),
        "resource_id": 77 if service == "agent" else sum(service.encode()),
    }
    keys = {key.replace("__", "."): text for key, text in attrs.items()}
    scene.add("metric_points", row | {"attr_keys": list(keys), "attr_vals": list(keys.values())})


def _rules(verdict: dict[str, Any]) -> set[str]:
    return {row["rule"] for row in verdict["evidence"]}


def _full_disk(scene: Scene) -> None:
    _service(scene)
    entry = scene.server("shop", 500)
    scene.raises(entry, "OSError", "[Errno 28] No space left on device: '/var/lib/shop/pic.jpg'")


def test_a_full_file_system_supports_the_error_that_says_so(scene: Scene) -> None:
    """The agent of the host says 100 %, the app ENOSPC: the same answer, surer."""
    _full_disk(scene)
    _point(scene, "system.filesystem.utilization", 1.0, service="agent", mountpoint="/var/lib")
    verdict = scene.verdict()
    assert ("host.disk_full", "host:web-1") == (verdict["cause"], verdict["component"])
    told = {row["rule"]: row for row in verdict["evidence"]}
    assert "the file system /var/lib was 100.0 % full (web-1)" == told["saturated_disk"]["statement"]
    assert "metric:system.filesystem.utilization" == told["saturated_disk"]["source"]
    assert 0 < told["saturated_disk"]["weight"] < told["disk_full"]["weight"]


@pytest.mark.parametrize(
    ("value", "at", "host"),
    [(0.5, -20_000, "web-1"), (1.0, -600_000, "web-1"), (1.0, 600_000, "web-1"), (1.0, -20_000, "web-2")],
)
def test_other_hosts_other_times_and_free_disks_say_nothing(scene: Scene, value: float, at: float, host: str) -> None:
    """A disk that was full ten minutes ago, or elsewhere, is no evidence."""
    _full_disk(scene)
    _point(scene, "system.filesystem.utilization", value, at=at, service="agent")
    scene.rows["resources"][-1]["host_name"] = host
    assert "saturated_disk" not in _rules(scene.verdict())


def test_the_disk_of_the_database_supports_its_error(scene: Scene) -> None:
    """The host that was called is the one whose disk counts."""
    _service(scene)
    entry = scene.server("shop", 500)
    call = scene.query("shop", entry, db_response_status_code="53100", status_message="could not extend file")
    scene.raises(call, "psycopg.errors.DiskFull", "could not extend file: No space left on device", error_code="53100")
    scene.raises(entry, "psycopg.errors.DiskFull", "could not extend file: No space left on device", error_code="53100")
    _point(scene, "system.filesystem.usage", 99.9e9, service="agent", state="used", mountpoint="/data")
    _point(scene, "system.filesystem.usage", 0.01e9, service="agent", state="free", mountpoint="/data")
    scene.rows["resources"][-1]["host_name"] = "db"
    verdict = scene.verdict()
    assert ("database.disk_full", "postgresql://db:5432/shop") == (verdict["cause"], verdict["component"])
    assert "saturated_disk" in _rules(verdict)


def test_a_pool_without_a_free_connection_names_a_timeout_that_does_not(scene: Scene) -> None:
    """A bare TimeoutError could be anything; all connections in use and five waiting tell what it was."""
    _service(scene)
    entry = scene.server("shop", 500)
    scene.raises(entry, "TimeoutError", "")
    for state, count in (("used", 10.0), ("idle", 0.0)):
        _point(scene, "db.client.connection.count", count, db__client__connection__state=state)
    _point(scene, "db.client.connection.max", 10.0)
    _point(scene, "db.client.connection.pending_requests", 5.0)
    verdict = scene.verdict()
    said = [row["statement"] for row in verdict["evidence"] if row["rule"] == "saturated_pool"]
    assert ["all 10 connections of the pool were in use, 5 waited (shop)"] == said


def test_a_pool_with_room_says_nothing(scene: Scene) -> None:
    """Nine of ten in use is a pool at work."""
    _service(scene)
    scene.raises(scene.server("shop", 500), "TimeoutError", "")
    _point(scene, "db.client.connection.count", 9.0, state="used")
    _point(scene, "db.client.connection.max", 10.0)
    assert "saturated_pool" not in _rules(scene.verdict())


def test_memory_that_is_used_up_is_heard_when_the_process_died(scene: Scene) -> None:
    """It does not overrule what is known, that the process died; it says what may have killed it."""
    scene.access(502, upstream="127.0.0.1:8000", upstream_status="502", upstream_connect_ns=1)
    scene.error_line("upstream prematurely closed connection while reading response header from upstream")
    scene.trace = f"{2:032x}"
    line = scene.access(200, upstream="127.0.0.1:8000", upstream_status="200", connection_id="5")
    scene.server("shop", 200, parent=line)
    _service(scene)
    _point(scene, "process.memory.usage", 508e6)
    _point(scene, "container.memory.limit", 512e6)
    verdict = scene.verdict()
    assert "app.worker_killed" == verdict["cause"]
    assert "host/shop/host.memory_exhausted" == verdict["runner_up"]
    assert "memory was 99.2 % in use (shop)" in {row["statement"] for row in verdict["evidence"]}


def test_memory_that_is_used_up_says_nothing_of_an_ordinary_error(scene: Scene) -> None:
    """A KeyError is a KeyError on a full machine too: same verdict, same confidence."""
    _service(scene)
    scene.raises(scene.server("shop", 500), "KeyError", "'sku'")
    before = scene.verdict()
    for name in ("system.memory.utilization", "system.cpu.utilization", "system.filesystem.utilization"):
        _point(scene, name, 1.0, service="agent", state="used")
    after = scene.verdict()
    for name in ("cause", "component", "confidence", "evidence"):
        assert before[name] == after[name]


def test_open_files_support_the_error_that_says_so(scene: Scene) -> None:
    """1020 of 1024 descriptors, and EMFILE."""
    _service(scene)
    scene.raises(scene.server("shop", 500), "OSError", "[Errno 24] Too many open files: '/app/a.txt'")
    _point(scene, "process.open_file_descriptor.count", 1020.0)
    _point(scene, "process.open_file_descriptor.limit", 1024.0)
    verdict = scene.verdict()
    assert "host.too_many_open_files" == verdict["cause"]
    assert "saturated_files" in _rules(verdict)


def test_a_late_event_loop_supports_slow_code(scene: Scene) -> None:
    """The loop was blocked for seconds while the web server waited."""
    line = scene.access(504, upstream="127.0.0.1:8000", upstream_status="504", lasts=3000, upstream_connect_ns=1)
    scene.server("shop", 200, parent=line, lasts=4000)
    _service(scene)
    _point(scene, "nodejs.eventloop.delay.p99", 2.4, at=2000)
    verdict = scene.verdict()
    assert "app.slow" == verdict["cause"]
    assert "saturated_cpu" in _rules(verdict)


def test_saturation_alone_convicts_nobody(scene: Scene) -> None:
    """A failure about which nothing is known, on a host without memory: unknown, with a hint."""
    _service(scene)
    scene.access(502, upstream="127.0.0.1:9", upstream_status="")
    scene.add("resources", HOST | {"resource_id": 78, "service_name": "shop"})
    scene.trace = f"{2:032x}"
    scene.server("shop", 500, http_response_status_code=500, status_code=0)
    _point(scene, "system.memory.utilization", 0.99, service="agent", state="used")
    for verdict in scene.verdicts():
        for row in verdict["evidence"]:
            assert row["rule"] != "saturated_alone" or row["weight"] < 0


def test_another_process_of_the_service_says_nothing(scene: Scene) -> None:
    """Workers have pools of their own: only the pool of the one that failed counts."""
    _service(scene, process_pid=100)
    scene.raises(scene.server("shop", 500), "TimeoutError", "")
    scene.add("resources", {"resource_id": 5, "service_name": "shop", "host_name": "web-1", "process_pid": 200})
    for name in (
        "db.client.connection.count",
        "db.client.connection.max",
        "db.client.connection.pending_requests",
    ):
        _point(scene, name, 10.0, state="used")
        scene.rows["metric_points"][-1]["resource_id"] = 5
    assert "saturated_pool" not in _rules(scene.verdict())


def test_what_metrics_told_can_be_replayed(scene: Scene) -> None:
    """The SELECT of that piece of evidence stands on its own and gives the same row."""
    _full_disk(scene)
    _point(scene, "system.filesystem.utilization", 1.0, service="agent", mountpoint="/var/lib")
    verdict = scene.verdict()
    text = replay("saturated_disk", verdict["trace_id"], verdict["request_span_id"], whole=True)
    [row] = scene.store.query(text).to_pylist()
    [told] = [one for one in verdict["evidence"] if one["rule"] == "saturated_disk"]
    assert told["statement"] == row["statement"]
