"""The change that a problem first appeared after: named when it is one, and never a guess."""

from typing import Any

import pytest

from culpa.analysis.judgement.changes import Change, choose, concerns
from culpa.analysis.settle import settle

from .conftest import MS, START_NS, Scene

SECOND = 1000.0
MINUTE = 60 * SECOND


def _resource(scene: Scene, number: int, at: float, **columns: Any) -> int:
    row = {"resource_id": number, "service_name": "checkout", "first_seen": START_NS + int(at * MS)}
    scene.add("resources", row | columns)
    return number


def _healthy(scene: Scene, at: float, resource: int = 0) -> None:
    scene.trace = f"{int(at) + 10**9:032x}"
    scene.server("checkout", 200, at=at, resource_id=resource)


def _failing(scene: Scene, at: float, resource: int = 0, **columns: Any) -> None:
    scene.trace = f"{int(at) + 2 * 10**9:032x}"
    entry = scene.server("checkout", 500, at=at, **columns)
    scene.rows["spans"][-1]["resource_id"] = resource
    scene.raises(entry, "KeyError", "'sku'", at=at + 5)


def _deployed(scene: Scene) -> None:
    old = _resource(scene, 1, 0, service_version="1.4.2")
    new = _resource(scene, 2, 10 * MINUTE, service_version="1.4.3")
    for minute in range(1, 10):
        _healthy(scene, minute * MINUTE, old)
    _failing(scene, 10 * MINUTE + 41 * SECOND, new)


def test_a_problem_that_appears_after_a_release_carries_it(scene: Scene) -> None:
    """A version seen for the first time, after another one of the same service, is a change."""
    _deployed(scene)
    assert "checkout 1.4.2 -> 1.4.3" == scene.verdict()["change"]
    problem = scene.store.query("select change from problems").to_pylist()[0]
    assert "checkout 1.4.2 -> 1.4.3" == problem["change"]


def test_a_later_failure_of_the_same_problem_carries_it_too(scene: Scene) -> None:
    """Days later, and in another batch: what counts is when the problem first appeared."""
    _deployed(scene)
    scene.verdicts()
    _failing(scene, 50 * 60 * MINUTE, 2)
    assert {"checkout 1.4.2 -> 1.4.3"} == {row["change"] for row in scene.verdicts()}


def test_judging_again_says_the_same(scene: Scene) -> None:
    """A store that is judged anew from nothing names the same change."""
    _deployed(scene)
    for late in range(5):
        _failing(scene, (60 + late) * MINUTE, 2)
    first = [row["change"] for row in scene.verdicts()]
    with scene.store.transaction() as cursor:
        cursor.execute("delete from segment.data.verdict_revisions")
    settle(scene.store, None)
    again = scene.store.query("select change from verdicts").to_pylist()
    assert {"checkout 1.4.2 -> 1.4.3"} == set(first) == {row["change"] for row in again}
    count = "select count(*) as n from verdict_revisions"
    before = scene.store.query(count).to_pylist()
    settle(scene.store, None)
    assert before == scene.store.query(count).to_pylist()


def test_a_problem_from_before_the_release_does_not_carry_it(scene: Scene) -> None:
    """It failed like that before: the release is innocent."""
    _deployed(scene)
    _failing(scene, 5 * MINUTE, 1)
    assert {""} == {row["change"] for row in scene.verdicts()}


def test_a_problem_from_before_in_an_earlier_batch_does_not_carry_it(scene: Scene) -> None:
    """The same when the earlier failure was judged long ago."""
    _failing(scene, 5 * MINUTE, 1)
    scene.verdicts()
    _deployed(scene)
    assert {""} == {row["change"] for row in scene.verdicts()}


def test_nothing_is_said_where_nobody_asked_before_the_release(scene: Scene) -> None:
    """Without traffic before it, the problem may have been there all the time."""
    _resource(scene, 1, 0, service_version="1.4.2")
    _resource(scene, 2, 10 * MINUTE, service_version="1.4.3")
    _failing(scene, 10 * MINUTE + SECOND, 2)
    assert "" == scene.verdict()["change"]


def test_a_release_half_a_day_ago_is_no_explanation(scene: Scene) -> None:
    """Only what came within half an hour before counts."""
    old = _resource(scene, 1, 0, service_version="1.4.2")
    _resource(scene, 2, 10 * MINUTE, service_version="1.4.3")
    _healthy(scene, 5 * MINUTE, old)
    _failing(scene, 700 * MINUTE, 2)
    assert "" == scene.verdict()["change"]


def test_a_release_of_an_unrelated_service_is_no_explanation(scene: Scene) -> None:
    """Somebody always deploys something somewhere."""
    _resource(scene, 1, 0, service_name="search", service_version="1")
    _resource(scene, 2, 10 * MINUTE, service_name="search", service_version="2")
    _healthy(scene, 5 * MINUTE)
    _failing(scene, 11 * MINUTE)
    assert "" == scene.verdict()["change"]


def test_a_revision_counts_where_the_version_stays(scene: Scene) -> None:
    """Services that forget to raise their version still have a git revision."""
    old = _resource(scene, 1, 0, service_version="1", vcs_ref_head_revision="a" * 40)
    new = _resource(scene, 2, 10 * MINUTE, service_version="1", vcs_ref_head_revision="b" * 40)
    _healthy(scene, 5 * MINUTE, old)
    _failing(scene, 11 * MINUTE, new)
    assert f"checkout {'a' * 12} -> {'b' * 12}" == scene.verdict()["change"]


def test_a_restart_is_a_change_and_workers_of_one_start_are_not(scene: Scene) -> None:
    """Four workers that are seen within seconds began together; a process an hour later is a restart."""
    for worker in range(4):
        _resource(scene, worker + 1, worker * SECOND, process_pid=100 + worker, host_name="web-1")
    _resource(scene, 9, 60 * MINUTE, process_pid=200, host_name="web-1")
    _resource(scene, 10, 61 * MINUTE + SECOND, process_pid=7, host_name="web-2")
    _healthy(scene, 5 * MINUTE, 1)
    _failing(scene, 60 * MINUTE + SECOND, 9)
    assert "checkout restarted" == scene.verdict()["change"]
    told = scene.store.query("select description from changes order by time").to_pylist()
    assert ["checkout restarted", "checkout started on web-2"] == [row["description"] for row in told]


def _logged(scene: Scene, at: float, event: str, **columns: Any) -> None:
    row = {"log_id": f"{event}{at}", "format": "python_server", "event_name": event, "body": event}
    scene.add("logs", row | {"time": START_NS + int(at * MS)} | columns)


def test_a_start_is_told_once_and_of_somebody(scene: Scene) -> None:
    """An app's server prints that it starts and that it is ready; whose it is tells the process, or nobody."""
    _resource(scene, 1, MINUTE, process_pid=100, host_name="web-1")
    for event, at in (
        ("server.started", MINUTE),
        ("server.ready", MINUTE + SECOND),
        ("server.ready", MINUTE + 2 * SECOND),
    ):
        _logged(scene, at, event, process_pid=100)
        _logged(scene, at, event)
    for event, at in (
        ("server.shutdown", 9 * MINUTE),
        ("server.started", 9 * MINUTE + SECOND),
        ("server.ready", 10 * MINUTE),
    ):
        _logged(scene, at, event, service_name="postgresql", format="postgresql_json")
    scene.keep()
    told = scene.store.query("select service_name, description from changes order by time").to_pylist()
    expected = [("checkout", "checkout started"), ("postgresql", "postgresql started")]
    assert expected == [(row["service_name"], row["description"]) for row in told]


def test_a_start_that_telemetry_tells_too_is_one(scene: Scene) -> None:
    """The new process was seen, and its server's line was read."""
    _resource(scene, 1, 0, process_pid=100, host_name="web-1")
    _resource(scene, 2, 60 * MINUTE, process_pid=200, host_name="web-1")
    _logged(scene, 60 * MINUTE - SECOND, "server.started", process_pid=200)
    scene.keep()
    told = scene.store.query("select description from changes").to_pylist()
    assert ["checkout restarted"] == [row["description"] for row in told]


def test_a_change_of_the_caller_is_not_that_of_its_callees_bug(scene: Scene) -> None:
    """Somebody told of a release of the edge; what failed is the service behind it."""
    for at in (5 * MINUTE, 11 * MINUTE):
        scene.trace = f"{int(at):032x}"
        status = 500 if at > 10 * MINUTE else 200
        edge = scene.server("edge", status, at=at, lasts=30)
        call = scene.call("edge", edge, at=at + 1, lasts=20, failed=status == 500, http_response_status_code=status)
        orders = scene.server("orders", status, parent=call, at=at + 2, lasts=10)
        if status == 500:
            scene.raises(orders, "KeyError", "'sku'", at=at + 5)
    told = {"time": START_NS + int(10 * MINUTE * MS), "kind": "deploy", "description": "1.5", "service_name": "edge"}
    scene.add("changes", told)
    verdict = scene.verdict()
    assert ("orders", "") == (verdict["component"], verdict["change"])


def test_a_configuration_that_was_read_again_is_a_change_of_the_web_server(scene: Scene) -> None:
    """The line of its log that says so is enough."""
    line = {"log_id": "1", "format": "nginx_error", "service_name": "nginx", "event_name": "server.reloaded"}
    scene.add("logs", line | {"time": START_NS + int(9 * MINUTE * MS), "body": "signal 1 received, reconfiguring"})
    scene.trace = f"{1:032x}"
    scene.access(200, start_time=START_NS)
    scene.trace = f"{2:032x}"
    scene.access(500, start_time=START_NS + int(10 * MINUTE * MS))
    verdict = scene.verdict()
    assert ("nginx", "nginx read its configuration again") == (verdict["component"], verdict["change"])


def test_a_change_that_is_told_late_reaches_the_next_failure_and_the_problem(scene: Scene) -> None:
    """People tell of a change after they have seen what it did."""
    _healthy(scene, 5 * MINUTE)
    _failing(scene, 11 * MINUTE)
    assert [""] == [row["change"] for row in scene.verdicts()]
    told = {"time": START_NS + int(10 * MINUTE * MS), "kind": "flag", "description": "new basket on"}
    scene.add("changes", told | {"service_name": "checkout"})
    _failing(scene, 12 * MINUTE)
    scene.verdicts()
    assert "checkout: new basket on" == scene.store.query("select change from problems").to_pylist()[0]["change"]


def test_a_change_never_moves_a_verdict(scene: Scene) -> None:
    """It is told beside the verdict; confidence and evidence are what they were without it."""
    _healthy(scene, 5 * MINUTE)
    _failing(scene, 11 * MINUTE)
    before = scene.verdict()
    scene.add("changes", {"time": START_NS + int(10 * MINUTE * MS), "kind": "infra", "description": "new disks"})
    after = scene.verdict()
    assert "new disks" == after["change"]
    for name in ("layer", "component", "cause", "confidence", "evidence", "fingerprint"):
        assert before[name] == after[name]


def _change(at: int, service: str, kind: str = "deploy", source: str = "resource") -> Change:
    return Change(at, service, kind, f"{service} changed", source)


def test_the_likeliest_change_is_chosen() -> None:
    """A release before a restart, what is to blame before who answered, the later before the earlier."""
    blamed, entry = _change(1, "reviews"), _change(5, "checkout")
    names = ["reviews", "checkout"]
    assert blamed is choose([entry, blamed], names)
    assert entry is choose([entry, _change(9, "reviews", "restart")], names)
    later = _change(3, "reviews")
    assert later is choose([blamed, later], names)
    everybody = _change(9, "", "infra", "told")
    assert everybody is choose([everybody], names)
    assert blamed is choose([everybody, blamed], names)
    assert None is choose([_change(1, "search")], names)


@pytest.mark.parametrize(
    ("service", "component", "expected"),
    [
        ("checkout", "checkout", True),
        ("checkout", "shop/checkout", True),
        ("shop/checkout", "shop/checkout", True),
        ("postgresql", "postgresql://db:5432/shop", True),
        ("mariadb", "mysql://db/shop", True),
        ("db", "postgresql://db:5432/shop", True),
        ("db:5432", "postgresql://db:5432/shop", True),
        ("web-1", "host:web-1", True),
        ("shop", "postgresql://db:5432/shop", False),
        ("http", "http://10.0.0.5:8000", False),
        ("check", "checkout", False),
        ("", "checkout", False),
    ],
)
def test_a_change_concerns_a_component_by_name_system_or_host(service: str, component: str, expected: bool) -> None:
    """Telemetry names a database by its address, a log by its system, and people by either."""
    assert expected == concerns(service, component)


@pytest.mark.parametrize(
    ("change", "text", "clause"),
    [
        (
            Change(0, "checkout", "deploy", "checkout 1.4.2 -> 1.4.3", "resource"),
            "checkout 1.4.2 -> 1.4.3",
            "checkout went from 1.4.2 to 1.4.3",
        ),
        (Change(0, "nginx", "restart", "nginx started", "log"), "nginx started", "nginx started"),
        (
            Change(0, "cart", "flag", "new basket on", "told"),
            "cart: new basket on",
            "the change “cart: new basket on”",
        ),
    ],
)
def test_a_change_is_said_in_words(change: Change, text: str, clause: str) -> None:
    """Verdicts carry one string; `explain` says a sentence."""
    assert (text, clause) == (change.text, change.clause)
