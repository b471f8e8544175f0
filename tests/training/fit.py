"""Fit one log-odds per rule: a softmax over a failure's candidates and `unknown`, as `weigh.rank` has it.

Each rule is drawn to the prior of its kind by a normal distribution, so that few examples move it little and
none leaves it where it is.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from culpa.analysis.judgement.weigh import FALLBACK_BESIDE_SPECIAL, SPECIAL_FROM
from training.examples import Example

Floats = NDArray[np.float64]

#: Standard deviation (nats) of a rule's log-odds around the prior of its kind.
SPREAD = 1.0

#: What is special depends on the weights, which depend on what is special: settled in this many rounds.
_ROUNDS = 12


@dataclass(frozen=True, slots=True)
class Problem:
    """The examples as arrays: a row per candidate, a column per rule."""

    rules: tuple[str, ...]
    prior: Floats
    special: Floats  # strengths of the rules that are no fallback
    fallback: Floats
    is_special: NDArray[np.bool_]  # per candidate: no fallback points at it
    is_right: NDArray[np.bool_]
    example: NDArray[np.int64]  # per candidate: the number of its example
    abstain: Floats  # per example: 1 where `unknown` is right
    weight: Floats


def problem(examples: Sequence[Example], prior: Mapping[str, float], kinds: Mapping[str, str]) -> Problem:
    """Bring examples into arrays. Only rules that occur in them have a column."""
    examples = _distinct(examples)
    rules = tuple(sorted({rule for one in examples for c in one.candidates for rule in c.observed}))
    column = {rule: at for at, rule in enumerate(rules)}
    rows = [(at, c) for at, one in enumerate(examples) for c in one.candidates]
    strengths = np.zeros((len(rows), len(rules)))
    for row, (_, candidate) in enumerate(rows):
        for rule, strength in candidate.observed.items():
            strengths[row, column[rule]] = strength
    is_fallback = np.array([kinds[rule] == "fallback" for rule in rules], dtype=bool)
    return Problem(
        rules,
        np.array([prior[rule] for rule in rules]),
        strengths * ~is_fallback,
        strengths * is_fallback,
        np.array([not any(kinds[rule] == "fallback" for rule in c.observed) for _, c in rows], dtype=bool),
        np.array([c.is_right for _, c in rows], dtype=bool),
        np.array([at for at, _ in rows], dtype=np.int64),
        np.array([float(one.is_unknown_right) for one in examples]),
        np.array([one.weight for one in examples]),
    )


def _distinct(examples: Sequence[Example]) -> list[Example]:
    """Return the examples with those that look the same as one, of their weight together."""
    alike: dict[Hashable, list[Example]] = defaultdict(list)
    for one in examples:
        candidates = tuple((tuple(sorted(c.observed.items())), c.is_right) for c in one.candidates)
        alike[candidates, one.is_unknown_right].append(one)
    return [replace(group[0], weight=sum(one.weight for one in group)) for group in alike.values()]


def fit(of: Problem, start: Floats | None = None) -> Floats:
    """Return the most probable log-odds, in the order of the problem's rules."""
    at = of.prior if start is None else start
    scale = _scale(of, at)
    for _ in range(_ROUNDS):
        features = of.special + of.fallback * scale[of.example][:, None]
        found = minimize(
            _loss,
            at,
            (of, features),
            "L-BFGS-B",
            jac=True,
            options={"maxiter": 500, "gtol": 1e-7, "ftol": 1e-13},
        )
        at = found.x
        if np.array_equal(again := _scale(of, at), scale):
            break
        scale = again
    return np.asarray(at, dtype=np.float64)


def _scale(of: Problem, log_odds: Floats) -> Floats:
    """Return per example what fallback evidence counts: little beside something special."""
    scores = of.special @ log_odds
    scale = np.ones(len(of.weight))
    scale[of.example[of.is_special & (scores >= SPECIAL_FROM)]] = FALLBACK_BESIDE_SPECIAL
    return scale


def _loss(log_odds: Floats, of: Problem, features: Floats) -> tuple[float, Floats]:
    """Return minus the log of the posterior, and its gradient."""
    exp = np.exp(features @ log_odds)
    right = np.where(of.is_right, exp, 0.0)
    count = len(of.weight)
    total = 1.0 + np.bincount(of.example, exp, count)
    good = of.abstain + np.bincount(of.example, right, count)
    slope = of.weight[of.example] * (exp / total[of.example] - right / good[of.example])
    off = (log_odds - of.prior) / SPREAD
    loss = np.sum(of.weight * (np.log(total) - np.log(good))) + 0.5 * np.sum(off**2)
    return float(loss), features.T @ slope + off / SPREAD
