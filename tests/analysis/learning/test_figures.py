"""The arithmetic of being right, against values known from elsewhere."""

import pytest

from culpa.analysis.judgement.calibration import Calibration
from culpa.analysis.learning import bins, calibration_error, wilson


def test_wilson_gives_the_published_interval() -> None:
    """Ten of ten and one of ten have intervals that any table of Wilson scores shows."""
    assert (pytest.approx(0.7225, abs=5e-5), pytest.approx(1.0)) == wilson(10, 10)
    low, high = wilson(1, 10)
    assert (pytest.approx(0.0179, abs=5e-5), pytest.approx(0.4042, abs=5e-5)) == (low, high)


def test_wilson_of_nothing_is_anything() -> None:
    """Without an observation every share is possible."""
    assert (0.0, 1.0) == wilson(0, 0)


def test_a_confidence_of_one_falls_into_the_last_bin() -> None:
    """Bins are half open, but for the last one."""
    assert [(0.9, 2, 1)] == [(one.low, one.count, one.right) for one in bins([(1.0, True), (0.9, False)])]


def test_the_calibration_error_is_the_distance_weighted_by_verdicts() -> None:
    """Three verdicts at 0.95 that are right and one at 0.55 that is not: (3 x 0.05 + 0.55) / 4."""
    points = [(0.95, True)] * 3 + [(0.55, False)]
    assert pytest.approx(0.175) == calibration_error(points)
    assert 0.0 == calibration_error([])


def test_confidence_rises_with_probability_up_to_the_ceiling() -> None:
    """The curve is monotone over all of 0..1 and keeps below its ceiling."""
    curve = Calibration(slope=1.4, intercept=0.3, ceiling=0.97)
    values = [curve.confidence(step / 1000) for step in range(1001)]
    assert sorted(values) == values
    assert values[0] >= 0.0
    assert values[-1] <= 0.97


def test_without_a_calibration_confidence_is_the_probability() -> None:
    """Weights without a table [calibration] leave probabilities as they are."""
    assert [pytest.approx(p) for p in (0.1, 0.5, 0.93)] == [Calibration().confidence(p) for p in (0.1, 0.5, 0.93)]
