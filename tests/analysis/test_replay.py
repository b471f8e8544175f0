"""Evidence can be run again by anybody: one SELECT per rule, standing on its own."""

from typing import Any

import pytest

from culpa.analysis.replay import UnknownRule, replay, replayed


def test_every_piece_of_evidence_can_be_run_again(scene: Any) -> None:
    """The printed SELECT gives the rows that the verdict was made of."""
    access = scene.access(500, upstream="app:8000", upstream_status="500", upstream_connect_ns=1, upstream_header_ns=9)
    entry = scene.server("checkout", 500, parent=access)
    query = scene.query("checkout", entry, at=1, lasts=2, db_response_status_code="40P01")
    scene.raises(query, "psycopg.errors.DeadlockDetected", "deadlock detected", at=2, error_code="40P01")
    scene.raises(entry, "psycopg.errors.DeadlockDetected", "deadlock detected", at=3, error_code="40P01")
    verdict = scene.verdict()
    seen = set()
    for rule in {one["rule"] for one in verdict["evidence"]}:
        rows = scene.store.query(replay(rule, verdict["trace_id"], verdict["request_span_id"])).to_pylist()
        seen |= {(rule, row["source"], row["statement"]) for row in rows}
    assert {(one["rule"], one["source"], one["statement"]) for one in verdict["evidence"]} == seen


def test_a_rule_that_is_gone_says_so() -> None:
    """Evidence of an older version cannot be replayed; the text says what to do."""
    with pytest.raises(UnknownRule, match="culpa judge --again"):
        replay("no_such_rule", "0" * 32, "0" * 16)
    verdict = {"trace_id": "0" * 32, "request_span_id": "0" * 16, "evidence": [{"rule": "no_such_rule"}]}
    assert replayed(verdict).startswith("-- no rule")
