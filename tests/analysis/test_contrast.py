"""What `explain` says beside the verdict: how often, since which change, what differs, and the healthy twin."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from culpa.analysis.explanation.different import differences
from culpa.analysis.explanation.explain import Explanation, explain
from culpa.analysis.explanation.significance import benjamini_hochberg, fisher_greater
from culpa.analysis.explanation.twin import Step, nearest_twin, steps_of
from culpa.analysis.pipeline.questions import question

from .conftest import MS, START_NS, Scene

BAD = f"{10**6:032x}"


def _explained(scene: Scene, trace: str = BAD) -> Explanation:
    scene.verdicts()
    return explain(lambda name, /, **values: scene.store.query(question(name), values), trace)


def _request(
    scene: Scene, number: int, *, fails: bool = False, tenant: str = "", resource: int = 0, at: float = -1
) -> None:
    """Add one request of GET /orders/{id}: it asks the database for the order and the bank for its payment."""
    scene.trace = f"{10**6 + number if fails else number:032x}"
    at = number * 100 if at < 0 else at
    attributes = {"attr_keys": ["tenant"], "attr_vals": [tenant]} if tenant else {}
    entry = scene.server("shop", 500 if fails else 200, at=at, **attributes)
    if resource:
        scene.rows["spans"][-1]["resource_id"] = resource
    scene.query("shop", entry, failed=False, at=at + 1, lasts=2, name="SELECT orders")
    if fails:
        scene.raises(entry, "KeyError", "'sku'", at=at + 5)
        return
    scene.call(
        "shop",
        entry,
        failed=False,
        at=at + 5,
        lasts=3,
        name="POST",
        server_address="bank",
        http_request_method="POST",
    )


def test_the_tenant_of_all_failing_requests_stands_out(scene: Scene) -> None:
    """One tenant of forty, in 9 of 9 failing requests: beyond chance, and told with its p-value."""
    for number in range(400):
        _request(scene, number + 1, tenant=f"t{number % 40}")
    for number in range(9):
        _request(scene, number, fails=True, tenant="t7", at=1000 + number)
    explanation = _explained(scene)
    [found] = explanation.failures[0].contrast.differences
    assert ("tenant", "t7", 9, 9, 10, 400) == (
        found.key,
        found.value,
        found.failing,
        found.failing_total,
        found.healthy,
        found.healthy_total,
    )
    assert found.p < 1e-12
    assert "tenant=t7 in 9 of 9 failing, 10 of 400 healthy requests (p " in explanation.text
    assert "What the failing requests have in common" in explanation.text


def test_what_could_be_chance_is_not_shown(scene: Scene) -> None:
    """Two of four failing requests are of the tenant that a third of all have: nobody is told."""
    for number in range(300):
        _request(scene, number + 1, tenant=f"t{number % 3}")
    for number in range(4):
        _request(scene, number, fails=True, tenant=f"t{number % 2}", at=1000 + number)
    explanation = _explained(scene)
    assert [] == list(explanation.failures[0].contrast.differences)
    assert "in common" not in explanation.text


def test_the_release_and_the_host_stand_out_once(scene: Scene) -> None:
    """A resource's attributes count too; the many names of one machine are one line."""
    for number, version in ((1, "1.4.2"), (2, "1.4.3")):
        row = {
            "resource_id": number,
            "service_name": "shop",
            "service_version": version,
            "first_seen": START_NS,
        }
        scene.add("resources", row | {"host_name": f"web-{number}", "host_id": f"i-{number}", "process_pid": number})
    for number in range(200):
        _request(scene, number + 1, resource=1 if number % 10 else 2)
    for number in range(8):
        _request(scene, number, fails=True, resource=2, at=1000 + number)
    shown = {one.key: one.value for one in _explained(scene).failures[0].contrast.differences}
    assert "1.4.3" == shown["service.version"]
    assert 1 == len([key for key in shown if key.startswith(("host.", "process."))])


def test_the_replica_that_was_asked_stands_out(scene: Scene) -> None:
    """Inside the trace: of the requests that asked a database, all failing ones asked the same server."""
    for number in range(120):
        scene.trace = f"{number + 1:032x}"
        entry = scene.server("shop", 200, at=number)
        scene.query("shop", entry, failed=False, at=number, server_address=f"db-{number % 4}")
    for number in range(8):
        scene.trace = f"{10**6 + number:032x}"
        entry = scene.server("shop", 500, at=number)
        scene.query("shop", entry, failed=False, at=number, server_address="db-2")
        scene.raises(entry, "ValueError", "bad row", at=number + 5)
    shown = {one.key: one.value for one in _explained(scene).failures[0].contrast.differences}
    assert {"server.address of postgresql": "db-2:5432"} == shown


def test_what_the_error_left_on_the_span_is_no_difference(scene: Scene) -> None:
    """error.type is on every failing request and on no healthy one; that is no news."""
    for number in range(50):
        _request(scene, number + 1)
    for number in range(9):
        _request(scene, number, fails=True, at=1000 + number)
        spans = [row for row in scene.rows["spans"] if row["trace_id"] == scene.trace and row["kind"] == 2]
        spans[0] |= {"attr_keys": ["error.type", "exception.escaped"], "attr_vals": ["KeyError", "true"]}
    assert [] == list(_explained(scene).failures[0].contrast.differences)


def test_the_twin_tells_the_step_that_is_missing(scene: Scene) -> None:
    """A healthy request goes on with a call that the failing one never made."""
    for number in range(3):
        _request(scene, number + 1)
    _request(scene, 0, fails=True, at=250)
    explanation = _explained(scene)
    twin = explanation.failures[0].contrast.twin
    assert twin is not None
    assert ("missing", "shop POST (http://bank)", 50 * MS) == (twin.what, twin.step, twin.apart_ns)
    assert "first difference from a healthy request (GET /orders/{id} " in explanation.text
    assert twin.trace_id == explanation.json()[0]["twin"]["trace_id"]
    assert json.dumps(explanation.json())


def test_without_a_healthy_request_there_is_no_twin(scene: Scene) -> None:
    """A route that never worked has nothing to compare with, and one failure is no pattern."""
    _request(scene, 0, fails=True, at=250)
    explanation = _explained(scene)
    assert None is explanation.failures[0].contrast.twin
    assert None is explanation.json()[0]["twin"]
    assert "healthy" not in explanation.text


def test_another_method_is_no_twin(scene: Scene) -> None:
    """POST and GET of one route are two things."""
    _request(scene, 1)
    scene.rows["spans"][0]["http_request_method"] = "POST"
    _request(scene, 0, fails=True, at=250)
    assert None is _explained(scene).failures[0].contrast.twin


def test_a_request_that_no_app_saw_is_compared_by_the_access_log(scene: Scene) -> None:
    """The healthy request went on to the app; this one ended at the web server."""
    scene.trace = f"{1:032x}"
    line = scene.access(200, upstream="127.0.0.1:8000", upstream_status="200")
    scene.server("shop", 200, parent=line)
    scene.trace = BAD
    scene.access(502, upstream="127.0.0.1:8000", upstream_status="502", connection_id="9")
    twin = _explained(scene).failures[0].contrast.twin
    assert twin is not None
    assert ("missing", "shop GET /") == (twin.what, twin.step)


def test_the_problem_says_how_often_and_since_which_change(scene: Scene) -> None:
    """Share of requests hit, intermittent or persistent, and how long after the change it was first seen."""
    for number, at in ((1, 0.0), (2, 60_000.0)):
        row = {"resource_id": number, "service_name": "shop", "service_version": f"1.4.{number + 1}"}
        scene.add("resources", row | {"first_seen": START_NS + int(at * MS)})
    for number in range(6):
        _request(scene, number + 1, resource=1)
    for number in range(3):
        _request(scene, number, fails=True, resource=2, at=101_000 - 10 + number)
    _request(scene, 50, resource=2, at=110_000)
    explanation = _explained(scene)
    assert "first seen 41 s after shop went from 1.4.2 to 1.4.3" == explanation.json()[0]["changed"]
    assert ": 3 failed requests, 75 % of its traffic, intermittent, " in explanation.text
    assert "(first seen 41 s after shop went from 1.4.2 to 1.4.3)" in " ".join(explanation.text.split())


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ((3, 4, 1, 4), 17 / 70),  # the lady tasting tea
        ((4, 4, 0, 4), 1 / 70),
        ((0, 4, 4, 4), 1.0),
        ((1, 1, 0, 99), 0.01),
        ((5, 10, 5, 10), 0.6718591),
    ],
)
def test_fishers_exact_test_gives_known_values(table: tuple[int, int, int, int], expected: float) -> None:
    """One-sided, against values computed by exact fractions."""
    assert expected == pytest.approx(fisher_greater(*table), rel=1e-6, abs=0)


def test_fishers_exact_test_agrees_with_exact_fractions() -> None:
    """Summed in whole numbers the tail is the same to ten digits, also far out."""
    from fractions import Fraction
    from math import comb

    for hits, drawn, other, others in (
        (7, 9, 100, 1000),
        (30, 40, 5, 60),
        (2, 3, 0, 5000),
        (400, 500, 2000, 5000),
    ):
        marked, total = hits + other, drawn + others
        tail = sum(comb(marked, k) * comb(total - marked, drawn - k) for k in range(hits, min(marked, drawn) + 1))
        exact = float(Fraction(tail, comb(total, drawn)))
        assert exact == pytest.approx(fisher_greater(hits, drawn, other, others), rel=1e-9, abs=0)


def test_counts_that_cannot_be_are_refused() -> None:
    """Ten of nine is a mistake of the caller."""
    with pytest.raises(ValueError, match="10 of 9"):
        fisher_greater(10, 9, 0, 5)


def test_the_correction_is_that_of_benjamini_and_hochberg() -> None:
    """Known values of R's p.adjust(c(0.01, 0.02, 0.03, 0.04), 'BH'), and with tests that are not listed."""
    assert [0.04, 0.04, 0.04, 0.04] == pytest.approx(benjamini_hochberg([0.01, 0.02, 0.03, 0.04]))
    assert [0.05, 0.003] == pytest.approx(benjamini_hochberg([0.05, 0.0015]))
    assert [0.15] == pytest.approx(benjamini_hochberg([0.0015], tests=100))
    assert [] == benjamini_hochberg([])


def test_many_tests_need_a_smaller_p() -> None:
    """What is significant alone is not among ten thousand."""
    row: dict[str, Any] = {"key": "tenant", "value": "a", "failing": 4, "failing_total": 4}
    row |= {"healthy": 10, "healthy_total": 100}
    assert 1 == len(differences([row | {"tested": 1}]))
    assert [] == differences([row | {"tested": 10_000}])


def _tree(name: str, *children: Step, failed: bool = False, ms: int = 10, kind: int = 1, callee: str = "") -> Step:
    return Step(name, "shop", name, kind, callee, failed, ms * MS, list(children))


def _first(failed: Step, *healthy: Step) -> tuple[str, str] | None:
    twin = nearest_twin(failed, [(f"{n}", n, one) for n, one in enumerate(healthy)])
    return (twin.what, twin.step) if twin else None


@pytest.fixture
def healthy() -> Iterator[Step]:
    """Give a request of three steps, the second of which has two of its own."""
    yield _tree("GET", _tree("auth"), _tree("load", _tree("cache"), _tree("select")), _tree("render"))


def test_the_deepest_failed_step_is_told_and_not_what_it_took_along(healthy: Step) -> None:
    """Everything above a failed step is red too."""
    select = _tree("select", failed=True)
    failed = _tree("GET", _tree("auth"), _tree("load", _tree("cache"), select, failed=True), failed=True)
    assert ("failed", "shop select") == _first(failed, healthy)


def test_a_failure_of_its_own_is_told_where_nothing_below_differs(healthy: Step) -> None:
    """All steps are as in the healthy request: the app failed between or after them."""
    failed = _tree("GET", *healthy.children, failed=True)
    assert ("failed", "shop GET") == _first(failed, healthy)


def test_a_step_too_many_and_a_slow_one_are_told(healthy: Step) -> None:
    """Five times slower counts, if it is not a matter of a few milliseconds."""
    extra = _tree("GET", _tree("auth"), _tree("retry"), *healthy.children[1:], failed=True)
    assert ("extra", "shop retry") == _first(extra, healthy)
    slow = _tree("GET", _tree("auth", ms=3000), *healthy.children[1:], failed=True)
    assert ("slower", "shop auth") == _first(slow, healthy)
    little = _tree("GET", _tree("auth", ms=55), *healthy.children[1:], failed=True)
    assert ("failed", "shop GET") == _first(little, healthy)


def test_order_and_number_of_repeats_are_no_difference(healthy: Step) -> None:
    """Parallel steps begin in any order."""
    failed = _tree("GET", healthy.children[1], healthy.children[0], healthy.children[2], failed=True)
    assert ("failed", "shop GET") == _first(failed, healthy)


def test_the_repeat_that_failed_is_compared_with_the_same_repeat() -> None:
    """A loop of two updates, of which the second failed: in the healthy request the second took longer, too."""

    def spans(*updates: tuple[int, int]) -> list[dict[str, Any]]:
        rows = [("entry", "", "POST", 2, 0, 900)]
        rows += [(f"u{at}", "entry", "update", 3, failed, ms) for at, (failed, ms) in enumerate(updates)]
        names = ("span_id", "parent_span_id", "span_name", "kind", "status_code", "duration_ns")
        same = {"service_name": "shop", "http_response_status_code": 0, "callee": "db"}
        return [same | dict(zip(names, row, strict=True)) | {"duration_ns": row[-1] * MS} for row in rows]

    failed = steps_of(spans((0, 1), (2, 201)), "entry")
    twin = nearest_twin(failed, [("t", 1, steps_of(spans((0, 4), (0, 172)), "entry"))])
    assert twin
    assert ("u1", 172 * MS) == (twin.span_id, twin.healthy_ns)


def test_the_most_alike_of_the_healthy_requests_is_the_twin(healthy: Step) -> None:
    """A request that took another way, such as a cached one, says less."""
    cached = _tree("GET", _tree("from cache"))
    failed = _tree("GET", *healthy.children[:2], failed=True)
    assert ("missing", "shop render") == _first(failed, cached, healthy)


def test_another_address_is_another_step() -> None:
    """The healthy request asked the other replica."""
    ours = _tree("GET", _tree("select", kind=3, callee="postgresql://db-1", failed=True), failed=True)
    theirs = _tree("GET", _tree("select", kind=3, callee="postgresql://db-2"))
    assert ("extra", "shop select (postgresql://db-1)") == _first(ours, theirs)


@pytest.mark.parametrize(("path", "is_told"), [("/orders/9", True), ("/reports/9", False)])
def test_similar_failures_speak_for_one_that_is_not_understood(scene: Scene, path: str, is_told: bool) -> None:
    """A proxy's timeout with nothing from inside; two others of the same place were the database's."""
    for number in (1, 2):
        scene.trace = f"{number:032x}"
        line = scene.access(504, upstream="app:8000", upstream_status="504", lasts=1000, upstream_connect_ns=1)
        entry = scene.server("shop", 200, parent=line, at=0, lasts=3000)
        scene.query("shop", entry, failed=False, at=1, lasts=2990)
    scene.trace = BAD
    scene.access(504, upstream="app:8000", upstream_status="504", lasts=1000, upstream_connect_ns=1, url_path=path)
    explanation = _explained(scene)
    assert "unknown" == explanation.verdict["cause"]
    said = "2 of 2 other answers 504 to GET /orders/9 within a quarter of an hour were database.timeout, "
    assert is_told == (said + "postgresql://db:5432/shop" in " ".join(explanation.text.split()))
    assert is_told == (explanation.json()[0]["similar"] is not None)


def test_a_failure_that_is_understood_asks_no_others(scene: Scene) -> None:
    """Two of the same place, each sure of itself."""
    for number in range(2):
        _request(scene, number, fails=True)
    assert _explained(scene).failures[0].contrast.similar is None
