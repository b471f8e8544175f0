"""Compare verdicts with the labels, by the same functions as tests/score.py."""

import importlib.util
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from culpa.analysis.judgement.weigh import Weights
from culpa.analysis.pipeline.evidence import Gathered
from culpa.analysis.settle import judge
from training.corpus import ROOT, Recording

Row = dict[str, Any]

#: From here on a verdict is held with confidence.
CONFIDENT = 0.8


@dataclass(frozen=True, slots=True)
class Outcome:
    """One failed request and what was said of it; `given` is None where nothing was said."""

    recording: Recording
    expected: Row
    given: Row | None
    is_right: bool
    is_named: bool  # a cause other than `unknown`
    confidence: float

    @property
    def is_wrong(self) -> bool:
        """Return whether something was named and is not right; an abstention is neither."""
        return self.is_named and not self.is_right


@dataclass(frozen=True, slots=True)
class Score:
    """All failures of the recordings, and verdicts on what was none."""

    outcomes: tuple[Outcome, ...]
    false_alarms: int

    def of(self, wanted: Iterable[Outcome]) -> "Score":
        """Return the same for some of the outcomes."""
        return Score(tuple(wanted), 0)

    @property
    def right(self) -> int:
        """Return how many verdicts have layer, component and cause right."""
        return sum(one.is_right for one in self.outcomes)

    @property
    def right_and_confident(self) -> int:
        """Return how many of them are held with confidence."""
        return sum(one.is_right and one.confidence >= CONFIDENT for one in self.outcomes)

    @property
    def confidently_wrong(self) -> int:
        """Return how many are wrong and held with confidence."""
        return sum(one.is_wrong and one.confidence >= CONFIDENT for one in self.outcomes)

    @property
    def wrong(self) -> int:
        """Return how many name something that is not right."""
        return sum(one.is_wrong for one in self.outcomes)

    @property
    def silent(self) -> int:
        """Return how many have no verdict, or one that names no cause and is not right so."""
        return sum(not one.is_right and not one.is_named for one in self.outcomes)

    def calibration(self) -> list[tuple[float, bool]]:
        """Return confidence and rightness of every verdict that names a cause."""
        return [(one.confidence, one.is_right) for one in self.outcomes if one.is_named]


@cache
def scorer() -> ModuleType:
    """Return tests/score.py as a module."""
    spec = importlib.util.spec_from_file_location("culpa_score", ROOT / "tests" / "score.py")
    if spec is None or spec.loader is None:
        raise ImportError("tests/score.py cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def verdicts(gathered: Gathered, by: Weights) -> list[Row]:
    """Return the verdicts that the labels speak of: those that reached the client, whole."""
    return [row for row in judge(gathered, by) if row["surfaced"] and not row["truncated"]]


def matched(requests: Sequence[Row], given: Sequence[Row]) -> tuple[dict[int, Row], list[Row]]:
    """Return the verdict on each labelled request by its number, and the verdicts on none of them.

    A request's id stands in some witnesses only: without them path and status say which one it is.
    """
    got, left, _ = scorer().match(list(requests), list(given))
    for is_near in (_is_same, _is_like):
        for at, request in enumerate(requests):
            near = [verdict for verdict in left if at not in got and is_near(request, verdict)]
            if near:
                got[at] = near[0]
                left.remove(near[0])
    return got, left


def _is_same(request: Row, verdict: Row) -> bool:
    return _is_like(request, verdict) and bool(verdict["status"] == request["status"])


def _is_like(request: Row, verdict: Row) -> bool:
    """Say whether the paths agree; a web server may have taken the app's prefix off."""
    return str(request["path"]).endswith(str(verdict["path"]))


def outcomes_of(recording: Recording, requests: Sequence[Row], given: Sequence[Row]) -> tuple[list[Outcome], int]:
    """Compare the verdicts on one recording with its labelled requests; return false alarms beside."""
    got, left = matched(requests, given)
    outcomes: list[Outcome] = []
    false_alarms = len(left)
    for at, request in enumerate(requests):
        verdict = got.get(at)
        if request["failure"]:
            outcomes.append(_outcome(recording, request, verdict))
        elif verdict is not None and not request.get("optional"):
            false_alarms += 1
    return outcomes, false_alarms


def _outcome(recording: Recording, request: Row, verdict: Row | None) -> Outcome:
    if verdict is None:
        return Outcome(recording, request, None, False, False, 0.0)
    is_right = scorer().judge(request, verdict)["all"]
    return Outcome(
        recording,
        request,
        verdict,
        is_right,
        verdict["cause"] not in ("", "unknown"),
        float(verdict["confidence"]),
    )


def score(judged: Iterable[tuple[Recording, Sequence[Row], Sequence[Row]]]) -> Score:
    """Compare the verdicts on many recordings with their labels. Shape: recording, labelled requests, verdicts."""
    outcomes: list[Outcome] = []
    false_alarms = 0
    for recording, requests, given in judged:
        some, alarms = outcomes_of(recording, requests, given)
        outcomes += some
        false_alarms += alarms
    return Score(tuple(outcomes), false_alarms)
