"""Evidence can be run again by anybody: one SELECT per rule, standing on its own."""

from typing import Any

import pytest

from culpa.analysis.explanation.replay import UnknownRule, literal, replay, replayed
from culpa.analysis.pipeline.rules import rules
from culpa.analysis.pipeline.standing import of_one_trace


def test_every_piece_of_evidence_can_be_run_again(scene: Any) -> None:
    """The printed SELECT gives the rows that the verdict was made of."""
    access = scene.access(500, upstream="app:8000", upstream_status="500", upstream_connect_ns=1, upstream_header_ns=9)
    entry = scene.server("checkout", 500, parent=access)
    query = scene.query("checkout", entry, at=1, lasts=2, db_response_status_code="40P01")
    scene.raises(query, "psycopg.errors.DeadlockDetected", "deadlock detected", at=2, error_code="40P01")
    scene.raises(entry, "psycopg.errors.DeadlockDetected", "deadlock detected", at=3, error_code="40P01")
    verdict = scene.verdict()
    told = {(one["rule"], one["source"], one["statement"]) for one in verdict["evidence"]}
    which = (verdict["trace_id"], verdict["request_span_id"])
    whole, short = set(), set()
    for rule in {one["rule"] for one in verdict["evidence"]}:
        rows = scene.store.query(replay(rule, *which, whole=True)).to_pylist()
        whole |= {(rule, row["source"], row["statement"]) for row in rows}
        # As `culpa sql --trace` does.
        text = of_one_trace(replay(rule, *which).strip().removesuffix(";"), literal(which[0]))
        rows = scene.store.query(f"{text} select * from answer").to_pylist()
        short |= {(rule, row["source"], row["statement"]) for row in rows}
    assert told == whole == short


def test_a_person_can_read_what_is_printed() -> None:
    """The rule, and what the relations are that it reads; not how these are made."""
    for rule in rules():
        text = replay(rule.name, "0" * 32, "0" * 16)
        assert len(text.splitlines()) < 200
        assert f"-- {rule.name}: {rule.question}" in text
        assert "culpa sql --trace" in text
        assert "scoped_spans as (" not in text


def test_a_rule_that_is_gone_says_so() -> None:
    """Evidence of an older version cannot be replayed; the text says what to do."""
    with pytest.raises(UnknownRule, match="culpa judge --again"):
        replay("no_such_rule", "0" * 32, "0" * 16)
    verdict = {"trace_id": "0" * 32, "request_span_id": "0" * 16, "evidence": [{"rule": "no_such_rule"}]}
    assert replayed(verdict).startswith("-- no rule")
