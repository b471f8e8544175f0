"""The request's tree from telemetry as it really arrives: late, doubled, orphaned, circular."""

from typing import Any

from culpa.analysis.explanation.tree import Node, build_tree, in_order, mark_evidence
from culpa.analysis.report.branches import WHOLE_NODES, branches

MS = 1_000_000


def _span(span_id: str, parent: str = "", at: int = 0, long: int = 10, **values: Any) -> dict[str, Any]:
    return {
        "span_id": span_id,
        "parent_span_id": parent,
        "sent_parent_id": parent,
        "start_ns": at * MS,
        "duration_ns": long * MS,
        "service_name": "shop",
        "span_name": span_id,
        "kind": 2,
        "status_code": 0,
        "status_message": "",
        "http_response_status_code": 0,
    } | values


def _access(span_id: str = "", at: int = 0, long: int = 20, status: int = 502, **values: Any) -> dict[str, Any]:
    return {
        "access_id": "acc",
        "span_id": span_id,
        "parent_span_id": "",
        "service_name": "nginx",
        "start_ns": at * MS,
        "duration_ns": long * MS,
        "http_request_method": "GET",
        "url_path": "/",
        "http_response_status_code": status,
        "upstream_address": "",
        "upstream_status": "",
        "completed": True,
        "is_told": False,
    } | values


def _shape(roots: list[Node]) -> list[tuple[int, str]]:
    return [(depth, node.span_id) for depth, node in in_order(roots)]


def test_children_hang_below_parents_in_order_of_time() -> None:
    """Whatever the order of arrival."""
    spans = [_span("c", "a", at=5), _span("a"), _span("b", "a", at=1), _span("d", "b", at=2)]
    assert [(0, "a"), (1, "b"), (2, "d"), (1, "c")] == _shape(build_tree(spans, [], []))


def test_a_circle_of_parents_is_cut_and_noted() -> None:
    """No span is lost and nothing runs for ever."""
    roots = build_tree([_span("a", "c"), _span("b", "a"), _span("c", "b"), _span("self", "self")], [], [])
    nodes = [node for _, node in in_order(roots)]
    assert {"a", "b", "c", "self"} == {node.span_id for node in nodes}
    assert 2 == sum("its parents form a circle" in node.notes for node in nodes)


def test_an_orphan_is_a_root_with_a_note_unless_the_pipeline_found_a_place_for_it() -> None:
    """A parent that never arrived is worth knowing."""
    roots = build_tree([_span("app", parent="gone")], [], [])
    assert ["its parent gone never arrived"] == roots[0].notes
    [root] = build_tree([_span("a"), _span("b", "a", sent_parent_id="gone")], [], [])
    assert [] == root.children[0].notes


def test_the_access_log_wins_over_the_web_server_s_own_span() -> None:
    """A web server that says 200 on its span for a 502 it made itself is corrected by its log."""
    (root,) = build_tree([_span("edge", http_response_status_code=200)], [_access("edge")], [])
    assert root.has_failed
    assert ["the access log says 502, which is what the client got"] == root.notes


def test_a_client_s_span_above_the_web_server_stays_above() -> None:
    """The access line hangs below the span that its trace context names."""
    roots = build_tree([_span("caller", kind=3)], [_access("edge", parent_span_id="caller")], [])
    assert [(0, "caller"), (1, "edge")] == _shape(roots)


def test_late_spans_and_skewed_clocks_are_noted() -> None:
    """Work after the answer and clocks that differ explain what looks impossible."""
    spans = [_span("a", at=100, long=20), _span("late", "a", at=200), _span("early", "a", at=10, long=1)]
    notes = {node.span_id: node.notes for _, node in in_order(build_tree(spans, [], []))}
    assert ["began 80 ms after the answer left"] == notes["late"]
    assert ["began 90 ms before its parent: the clocks differ"] == notes["early"]


def test_evidence_is_marked_where_it_was_seen() -> None:
    """The numbers are those of the list; an access line is found by its source, an absence has no place."""
    roots = build_tree([_span("a"), _span("b", "a")], [_access()], [])
    evidence = [
        {"span_id": "", "source": "absence:x", "weight": 2.0},
        {"span_id": "b", "source": "span:b", "weight": 1.0},
        {"span_id": "", "source": "access:acc", "weight": 0.5},
    ]
    mark_evidence(roots, evidence)
    marks = {node.span_id: (node.evidence, node.is_here) for _, node in in_order(roots)}
    assert {"acc": ([3], False), "a": ([], False), "b": ([2], True)} == marks


def test_the_failure_is_where_the_exception_came_from() -> None:
    """Of observations about as strong the deepest is the place; a weak one further down is not."""
    roots = build_tree([_span("a"), _span("b", "a"), _span("c", "b")], [], [])
    evidence = [
        {"span_id": "a", "source": "span:a", "weight": 4.0},
        {"span_id": "b", "source": "span:b", "weight": 3.8},
        {"span_id": "c", "source": "span:c", "weight": 0.3},
    ]
    mark_evidence(roots, evidence)
    assert ["b"] == [node.span_id for _, node in in_order(roots) if node.is_here]


def test_in_a_large_trace_only_the_way_to_trouble_is_drawn() -> None:
    """Two thousand spans with one error are drawn as that error and what leads to it."""
    spans = [_span("root"), *(_span(f"s{n}", "root", at=n) for n in range(2000))]
    spans += [_span("deep", "s7", at=8, status_code=2)]
    roots = build_tree(spans, [], [])
    drawn = branches(roots)
    assert ["root", "s7", "deep"] == [branch.line.plain.split()[1] for branch in drawn]
    assert ["(1999 spans without trouble left out)"] == [text.plain for text in drawn[0].below]
    assert 2002 == len(branches(roots, whole=True))


def test_a_very_deep_trace_is_drawn() -> None:
    """Ten thousand levels neither overflow the stack nor push the text off the screen."""
    spans = [_span(f"s{n}", f"s{n - 1}" if n else "", at=n) for n in range(10_000)]
    drawn = branches(build_tree(spans, [], []), whole=True)
    assert 10_000 == len(drawn)
    assert max(len(branch.guide) for branch in drawn) < 100
    assert len(spans) > WHOLE_NODES
