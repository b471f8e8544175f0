"""Every rule gives evidence in a recording or in a scene of its own, and is silent where it only looks so."""

from collections.abc import Iterator
from typing import Any

import pytest

from culpa.analysis.pipeline.evidence import Gathered, gather
from culpa.analysis.pipeline.rules import rules
from culpa.store import DuckDBStore

from .conftest import Scene
from .plays import PLAYS, stage


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[set[str], set[str]]]]:
    """Play all scenes in one store, judged once; give the rules that saw something in the two scenes of each."""
    with DuckDBStore(tmp_path_factory.mktemp("plays") / "all.duckdb", writable=True) as store:
        traces = stage(Scene(store))
        with store.cursor() as cursor:
            found = fired(gather(cursor, None))
        yield {rule: (found[own], found[other]) for rule, (own, other) in traces.items()}


def fired(gathered: Gathered) -> dict[str, set[str]]:
    """Return the rules that gave evidence, by trace."""
    found: dict[str, set[str]] = {}
    for (trace_id, _), evidence in gathered.evidence.items():
        found.setdefault(trace_id, set()).update(one.rule for one in evidence)
    return found


@pytest.mark.parametrize("rule", PLAYS)
def test_a_rule_gives_evidence_where_it_should_and_none_where_it_only_looks_so(seen: Any, rule: str) -> None:
    """Both scenes hold a failure."""
    own, other = seen[rule]
    assert (rule, True, False) == (rule, rule in own, rule in other)


def test_no_rule_is_without_evidence(seen: Any, recordings: DuckDBStore) -> None:
    """A rule that no recording reaches has a scene of its own; one that speaks of every failure tells nothing."""
    with recordings.cursor() as cursor:
        found = fired(gather(cursor, None))
    reached = set[str]().union(*found.values())
    assert set() == {rule.name for rule in rules()} - reached - set(PLAYS)
    assert set() == set.intersection(*found.values())
