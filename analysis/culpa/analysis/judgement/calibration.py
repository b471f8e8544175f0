"""Turn the probability that the model gives into the share of verdicts that are right. Pure."""

import math
from dataclasses import dataclass

#: Probabilities are held off 0 and 1 by this much, where their log-odds would be infinite.
_EDGE = 1e-9


@dataclass(frozen=True, slots=True)
class Calibration:
    """A rising curve: confidence = ceiling * logistic(slope * log-odds + intercept).

    Source: Platt, "Probabilistic outputs for support vector machines" (1999), with a ceiling: no recording
    can prove more than its number allows, and a system that nobody recorded may differ from all of them.
    """

    slope: float = 1.0
    intercept: float = 0.0
    ceiling: float = 1.0

    def confidence(self, probability: float) -> float:
        """Return how often verdicts of this probability are right, 0..1."""
        return self.ceiling / (1.0 + math.exp(-self.slope * log_odds(probability) - self.intercept))


def log_odds(probability: float) -> float:
    """Return ln(p / (1 - p)), finite for every p in 0..1."""
    held = min(max(probability, _EDGE), 1.0 - _EDGE)
    return math.log(held / (1.0 - held))
