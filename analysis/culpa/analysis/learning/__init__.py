"""How right verdicts are: counts with their intervals, and confidence compared with what came true."""

from culpa.analysis.learning.figures import Bin, bins, calibration_error, wilson

__all__ = ["Bin", "bins", "calibration_error", "wilson"]
