"""Witnesses taken away: what the others tell is hidden, and the right answer is what is asked of those that are left."""

from functools import cache

from training.cases import Cases, cases
from training.corpus import recordings
from training.scoring import scorer
from training.seen import see_all
from training.weights_toml import priors
from training.witnesses import WHOLE, Heard, reductions

#: A recording with spans, an access line, the app's log and the database's.
NAME = "fastapi-db/psycopg2_unique"


@cache
def _cases() -> Cases:
    known = [one for one in recordings() if one.name == NAME]
    return cases(known, see_all(known, lambda _: None, 0, is_reduced=True), priors())


def _sources(heard: Heard) -> set[str]:
    evidence = _cases().known[NAME, heard].gathered.evidence
    return {one.source.split(":")[0] for some in evidence.values() for one in some}


def test_a_recording_is_reduced_to_one_witness_and_to_two() -> None:
    """Something is always left of it, and something taken away."""
    assert [("spans",), ("access",), ("spans", "access")] == reductions(["spans", "access", "store"])
    assert [("access",), ("error",)] == reductions(["access", "error"])
    assert [] == reductions(["app"])
    heards = {heard for _, heard in _cases().known}
    assert {
        WHOLE,
        ("spans",),
        ("access",),
        ("app",),
        ("spans", "access"),
        ("spans", "app"),
        ("access", "app"),
    } == heards


def test_only_who_is_heard_gives_evidence() -> None:
    """Evidence names where it was read."""
    assert {"access"} == _sources(("access",))
    assert {"span"} == _sources(("spans",))
    assert {"log"} == _sources(("app",))
    assert {"access", "log"} == _sources(("access", "app"))


def test_a_name_that_nobody_tells_is_not_asked_for() -> None:
    """The label's service is right wherever it is told; the access line knows its address only."""
    accepted = {
        heard: {one[1] for one in scorer().triples(_cases().known[NAME, heard].requests[0])}
        for heard in (WHOLE, ("spans",), ("access",))
    }
    assert {"fastapi"} == accepted[WHOLE] == accepted["spans",]
    assert {"fastapi", "", "http://127.0.0.1:21201"} == accepted["access",]
