"""Learning, on examples whose truth is known because they were drawn from it."""

import math
import random

import pytest

from culpa.analysis.judgement.calibration import log_odds
from culpa.analysis.judgement.weigh import Weights, rank
from culpa.analysis.pipeline.evidence import Evidence
from culpa.analysis.pipeline.rules import rules

TRUTH = {"sure": 3.0, "hint": 1.0, "misleads": -1.5, "plain": 2.0}
KINDS = {"sure": "direct", "hint": "weak", "misleads": "indirect", "plain": "fallback", "unseen": "direct"}
PRIOR = {"sure": 2.0, "hint": 0.0, "misleads": 0.0, "plain": 1.0, "unseen": 4.0}


def _example(draw: random.Random, number: int):
    """Draw two or three candidates, then the one that is right with the odds that the truth gives it."""
    from training.examples import Candidate, Example
    from training.leaders import scores

    observed = [
        dict.fromkeys(draw.sample(sorted(TRUTH), draw.randrange(1, 3)), 1.0) for _ in range(draw.randrange(2, 4))
    ]
    by = Weights(TRUTH, KINDS)
    blank = Example(str(number), tuple(Candidate(one, False) for one in observed), False, 1.0)
    odds = [1.0, *(math.exp(score) for score in scores(blank, by))]
    right = draw.choices(range(len(odds)), odds)[0]
    candidates = tuple(Candidate(one, at + 1 == right) for at, one in enumerate(observed))
    return Example(str(number), candidates, right == 0, 1.0)


def test_training_recovers_the_weights_that_made_the_examples() -> None:
    """Of 3,000 failures drawn from known weights, the known weights are learnt."""
    from training.fit import fit, problem

    draw = random.Random(7)
    posed = problem([_example(draw, number) for number in range(3000)], PRIOR, KINDS)
    learnt = dict(zip(posed.rules, fit(posed), strict=True))
    assert {rule: pytest.approx(value, abs=0.25) for rule, value in TRUTH.items()} == learnt


def test_a_rule_that_occurs_in_no_example_is_not_learnt() -> None:
    """It has no column, and so keeps the prior of its kind."""
    from training.fit import problem

    draw = random.Random(7)
    assert "unseen" not in problem([_example(draw, 1)], PRIOR, KINDS).rules


def test_one_example_moves_a_rule_less_than_many() -> None:
    """The prior holds a rule that was seen once."""
    from training.examples import Candidate, Example
    from training.fit import fit, problem

    wrong = Example("a", (Candidate({"sure": 1.0}, False),), True, 1.0)
    one, many = (fit(problem([wrong] * count, PRIOR, KINDS))[0] for count in (1, 50))
    assert many < one - 1.0 < PRIOR["sure"] - 1.0


def test_examples_are_weighed_as_failures_are_ranked() -> None:
    """What training maximises is what `rank` computes, on random evidence of the real rules."""
    from training.examples import Candidate, Example
    from training.leaders import leaders

    draw = random.Random(3)
    kinds = {rule.name: rule.kind for rule in rules()}
    for _ in range(200):
        by = Weights({name: draw.uniform(-2, 4) for name in kinds}, kinds)
        groups = [draw.sample(sorted(kinds), draw.randrange(1, 4)) for _ in range(draw.randrange(1, 5))]
        evidence = [_evidence(f"c{at}", rule) for at, group in enumerate(groups) for rule in group]
        candidates = tuple(Candidate(dict.fromkeys(group, 0.5), False) for group in groups)
        ((probability, _, _),) = leaders([Example("f", candidates, False, 1.0)], by)
        assert pytest.approx(rank(evidence, by)[0].probability) == probability


def _evidence(component: str, rule: str) -> Evidence:
    return Evidence(rule, "", "", 0, "app", component, "app.slow", "", "", 0.5, "")


def test_calibration_learns_that_confidence_was_too_high() -> None:
    """Of verdicts at 0.9 60 % are right, and 97 % of those at 0.99: so they come out, and the curve rises."""
    from training.calibrate import HIGHEST, calibration

    points = [(0.9, at % 10 < 6, 1.0) for at in range(400)] + [(0.99, at % 100 < 97, 1.0) for at in range(400)]
    curve = calibration(points)
    assert pytest.approx(0.6, abs=0.05) == curve.confidence(0.9)
    assert curve.slope > 0
    assert curve.ceiling <= HIGHEST


def test_calibration_never_names_what_is_as_likely_unknown() -> None:
    """Even if weak leads all came true: a leader no more probable than `unknown` stays below one half."""
    from training.calibrate import calibration

    curve = calibration([(0.4, True, 1.0)] * 50 + [(0.99, True, 1.0)] * 200)
    assert curve.confidence(0.5) <= 0.5


def test_few_examples_cannot_prove_certainty() -> None:
    """Eight verdicts, all right: no confidence above the lower end of their interval, 0.676."""
    from training.calibrate import calibration

    curve = calibration([(0.99, True, 1.0)] * 8)
    assert pytest.approx(0.676, abs=0.001) == curve.ceiling
    assert curve.confidence(1.0) <= 0.676


def test_log_odds_are_finite_at_the_ends() -> None:
    """Probabilities of 0 and 1 do occur."""
    assert math.isfinite(log_odds(0.0)) and math.isfinite(log_odds(1.0))
