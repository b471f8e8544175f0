"""The comparison of two versions' verdicts tells what differs, and nothing else."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from verdict_diff.compare import Difference, differences

VERDICT = {"where": "test_a", "trace_id": "1", "request_span_id": "2", "status": 500, "component": "shop"}
VERDICT |= {"cause": "app.slow", "confidence": 0.9, "judged_at": 1, "evidence": [{"rule": "a", "weight": 1.0}]}


def test_what_is_the_same_is_no_difference() -> None:
    """Neither is the time of judging, nor the last digits of a number."""
    again = VERDICT | {"judged_at": 2, "confidence": 0.9 + 1e-9, "evidence": [{"rule": "a", "weight": 1.0 + 1e-9}]}
    assert [] == differences([VERDICT, VERDICT], [again, VERDICT])


def test_each_column_that_differs_is_named() -> None:
    """With both values, also inside of evidence."""
    other = VERDICT | {"cause": "unknown", "evidence": [{"rule": "b", "weight": 1.0}]}
    found = differences([VERDICT], [other])
    assert ["cause", "evidence"] == [difference.column for difference in found]
    assert Difference("test_a", "1", "cause", "app.slow", "unknown") == found[0]


def test_a_verdict_of_one_side_only_is_a_difference() -> None:
    """Missing, added, or one revision more."""
    assert [("(verdict)", None)] == [(one.column, one.new) for one in differences([VERDICT], [])]
    assert [("(verdict)", None)] == [(one.column, one.old) for one in differences([VERDICT], [VERDICT, VERDICT])]
