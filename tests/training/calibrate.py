"""Fit the curve from probability to confidence on verdicts that were not learnt from."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from culpa.analysis.judgement.calibration import Calibration, log_odds
from culpa.analysis.learning import wilson

Floats = NDArray[np.float64]

#: The curve is drawn to "confidence is probability" with these standard deviations of slope and intercept.
_SPREADS = np.array([0.5, 1.0])

#: Never surer than this, whatever the recordings prove: another system shows things that none of them does,
#: and one confident verdict in forty is a fair guess at how often.
HIGHEST = 0.975

DIGITS = 3


def calibration(points: Sequence[tuple[float, bool, float]]) -> Calibration:
    """Return the curve. Shape: points are (probability of the leading candidate, is it right, weight).

    Promise: rising. The ceiling is the highest lower end of a Wilson interval that any number of the most
    probable verdicts has, and at most HIGHEST: nothing is held more surely than the recordings prove.
    """
    if not points:
        return Calibration()
    ceiling = round(_ceiling(points), DIGITS)
    odds = np.array([log_odds(probability) for probability, _, _ in points])
    right = np.array([float(is_right) for _, is_right, _ in points])
    weight = np.array([weight for _, _, weight in points])
    # Not lifted at one half: where `unknown` is as probable as the leader, no cause is to be named.
    bounds = [(0.05, None), (None, 0.0)]
    found = minimize(_loss, np.array([1.0, 0.0]), (odds, right, weight, ceiling), "L-BFGS-B", jac=True, bounds=bounds)
    slope, intercept = (round(float(value), DIGITS) for value in found.x)
    return Calibration(slope, intercept, ceiling)


def _ceiling(points: Sequence[tuple[float, bool, float]]) -> float:
    proven = right = count = 0.0
    for _, is_right, weight in sorted(points, key=lambda point: (-point[0], point[1])):
        count += weight
        right += weight * is_right
        proven = max(proven, wilson(right, count)[0])
    return max(0.5, min(HIGHEST, proven))


def _loss(curve: Floats, odds: Floats, right: Floats, weight: Floats, ceiling: float) -> tuple[float, Floats]:
    """Return minus the log of the posterior, and its gradient."""
    slope, intercept = curve
    rise = 1.0 / (1.0 + np.exp(-(slope * odds + intercept)))
    confidence = ceiling * rise
    off = (curve - np.array([1.0, 0.0])) / _SPREADS
    loss = -np.sum(weight * (right * np.log(confidence) + (1.0 - right) * np.log1p(-confidence)))
    # d(-log likelihood)/d(confidence) * d(confidence)/d(log-odds)
    steps = weight * ((1.0 - right) / (1.0 - confidence) - right / confidence) * confidence * (1.0 - rise)
    gradient = np.array([np.sum(steps * odds), np.sum(steps)]) + off / _SPREADS
    return float(loss + 0.5 * np.sum(off**2)), gradient
