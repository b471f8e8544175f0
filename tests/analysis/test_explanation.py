"""What is drawn is what was judged."""

from typing import Any

from culpa.analysis.explanation.explain import Explanation, explain
from culpa.analysis.explanation.reach import near
from culpa.analysis.explanation.tree import in_order
from culpa.analysis.pipeline.questions import question

WORK = "9" * 32


def _explained(scene: Any, trace: str) -> Explanation:
    scene.verdicts()
    return explain(lambda name, /, **values: scene.store.query(question(name), values), trace)


def _work_in_a_trace_of_its_own(scene: Any) -> tuple[str, str]:
    """Add a line of a web server that hands no id on, and the app's work; return their ids."""
    line = scene.access(500, upstream="10.0.0.5:8000", upstream_status="500", url_path="/orders/7", lasts=20)
    entry = scene.server("checkout", 500, trace_id=WORK, at=1, lasts=10, url_path="/orders/7")
    scene.raises(entry, "KeyError", "'total'", trace_id=WORK)
    return line, entry


def test_work_in_another_trace_is_drawn_below_its_request(scene: Any) -> None:
    """With its exception, and with the evidence on it; a picture of the access line alone would explain nothing."""
    line, entry = _work_in_a_trace_of_its_own(scene)
    explanation = _explained(scene, scene.trace)
    nodes = list(in_order(explanation.tree))
    assert [(0, line), (1, entry)] == [(depth, node.span_id) for depth, node in nodes]
    assert ["KeyError: 'total'"] == nodes[1][1].exceptions
    assert nodes[1][1].is_here
    verdict = explanation.verdict
    assert ["nginx", "checkout"] == verdict["services"]
    assert [f"{WORK} by request line and time, 0.95"] == verdict["joined"]


def test_a_request_that_stands_in_one_trace_joins_no_other(scene: Any) -> None:
    """Services are told in the order in which they came in, each once; who was only asked is none of them."""
    line = scene.access(500, upstream="10.0.0.5:8000", upstream_status="500", lasts=20)
    entry = scene.server("checkout", 500, parent=line, at=1)
    scene.server("stock", 500, parent=entry, at=2)
    scene.server("stock", 200, parent=entry, at=3)
    scene.query("checkout", entry, at=4)
    verdict = scene.verdict()
    assert ["nginx", "checkout", "stock"] == verdict["services"]
    assert [] == verdict["joined"]


def test_what_is_alone_is_asked_for_in_short_and_answered_alike(scene: Any) -> None:
    """Alone is neither the half of a request, nor one that a line of a log alone tells of, nor what nothing is known of."""
    line = scene.access(500, upstream="10.0.0.5:8000", upstream_status="500", lasts=20)
    scene.raises(scene.server("checkout", 500, parent=line, at=1), "KeyError", "'total'")
    alone = scene.trace
    scene.begin(2)
    _work_in_a_trace_of_its_own(scene)
    half = scene.trace
    scene.begin(3)
    scene.server_log(
        "python_server", "request.failed", "Internal Server Error: /x", at=11, url_path="/x", trace_id=scene.trace
    )
    scene.keep()

    def ask(name: str, **values: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = scene.store.query(question(name), values).to_pylist()
        return rows

    traces = [alone, half, WORK, scene.trace, "8" * 32]
    reached = {trace: ask("trace_reach", trace_ids=[trace])[0] for trace in traces}
    assert [True, False, False, False, False] == [reached[trace]["is_alone"] for trace in traces]
    assert not ask("trace_reach", trace_ids=[alone, half])[0]["is_alone"]
    assert 0 < reached[alone]["from_ns"] < reached[alone]["to_ns"]
    bounds = near([alone], [reached[alone]])
    assert ask("trace_seen", **bounds) == ask("trace_seen_alone", **bounds)
    assert 2 == len(ask("twin_spans", **bounds)) + len(ask("trace_seen_alone", **bounds)[0]["access"])


def test_the_trace_of_the_work_is_explained_as_its_request(scene: Any) -> None:
    """An engineer has the id from the app's log."""
    _work_in_a_trace_of_its_own(scene)
    explanation = _explained(scene, WORK)
    assert scene.trace == explanation.trace_id
    assert "app.unhandled_exception" == explanation.verdict["cause"]


def test_an_orphan_hangs_below_the_line_that_the_pipeline_found_for_it(scene: Any) -> None:
    """The web server has no span of its own, but its access log tells of the request."""
    line = scene.access(500, upstream="10.0.0.5:8000", upstream_status="500", lasts=20)
    entry = scene.server("checkout", 500, parent="f" * 16, at=1)
    explanation = _explained(scene, scene.trace)
    assert [(0, line), (1, entry)] == [(depth, node.span_id) for depth, node in in_order(explanation.tree)]
    assert [] == explanation.tree[0].children[0].notes
