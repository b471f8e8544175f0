"""The leading candidate of an example, by the arithmetic of `weigh.rank` on what an example keeps."""

import math
from collections.abc import Iterable

from culpa.analysis.judgement.weigh import FALLBACK_BESIDE_SPECIAL, SPECIAL_FROM, Weights
from training.examples import Candidate, Example

#: Probability, rightness and weight.
Point = tuple[float, bool, float]


def leaders(examples: Iterable[Example], by: Weights) -> list[Point]:
    """Return the leading candidate of each example that has any."""
    found: list[Point] = []
    for one in examples:
        if one.candidates:
            odds = scores(one, by)
            total = 1.0 + sum(math.exp(score) for score in odds)
            best = max(range(len(odds)), key=lambda at: (odds[at], -at))
            found.append((math.exp(odds[best]) / total, one.candidates[best].is_right, one.weight))
    return found


def scores(example: Example, by: Weights) -> list[float]:
    """Return the sum of log-odds of each candidate, in their order."""
    is_special = any(
        _score(one, by, 1.0) >= SPECIAL_FROM
        for one in example.candidates
        if all(by.kinds[rule] != "fallback" for rule in one.observed)
    )
    scale = FALLBACK_BESIDE_SPECIAL if is_special else 1.0
    return [_score(one, by, scale) for one in example.candidates]


def _score(candidate: Candidate, by: Weights, scale: float) -> float:
    return sum(
        strength * by.log_odds[rule] * (scale if by.kinds[rule] == "fallback" else 1.0)
        for rule, strength in candidate.observed.items()
    )
