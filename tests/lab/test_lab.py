"""The quick part of the lab: three apps behind three web servers that fail for real, and culpa's verdict on every failure."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import pytest

from lab.choose import cells, quick
from lab.faults import TABLES
from lab.judge import judge
from lab.play import play
from lab.stacks import FRONTS, QUICK
from lab.verdict import is_good_enough, lines
from lab.world import world


@pytest.mark.timeout(400)
def test_what_is_injected_is_what_culpa_names() -> None:
    """At least 98 % of the cells are right, none is wrong with confidence, nothing healthy is called a failure."""
    with world(QUICK, FRONTS, print, has_broker=False) as on:
        results = play(on, quick(cells(TABLES, QUICK, FRONTS, on.abilities)), print)
        judge(on.collector_url, results)
    results = [result for result in results if not result.impossible]
    assert 150 < len(results)
    assert is_good_enough(results), "\n".join(lines(results))
