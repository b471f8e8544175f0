"""The arithmetic of being right: intervals of shares, and the distance between confidence and truth. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: Of the normal distribution, 95 % lie within so many standard deviations.
Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Bin:
    """Verdicts of like confidence: how many, their mean confidence, how many were right."""

    low: float
    high: float
    count: int
    confidence: float
    right: int

    @property
    def share(self) -> float:
        """Return the share that was right."""
        return self.right / self.count


def wilson(right: int | float, count: int | float, z: float = Z_95) -> tuple[float, float]:
    """Return the interval that holds the true share with 95 % (or as `z` says); (0, 1) of nothing.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference" (1927).
    """
    if not count:
        return 0.0, 1.0
    share = right / count
    centre = share + z * z / (2 * count)
    reach = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return max(0.0, (centre - reach) / scale), min(1.0, (centre + reach) / scale)


def bins(points: Iterable[tuple[float, bool]], count: int = 10) -> list[Bin]:
    """Return the bins of equal width that hold anything, lowest first.

    Shape: points are (confidence, is it right).
    """
    sorted_in: dict[int, list[tuple[float, bool]]] = {}
    for confidence, is_right in points:
        at = min(count - 1, max(0, int(confidence * count)))
        sorted_in.setdefault(at, []).append((confidence, is_right))
    return [
        Bin(
            at / count,
            (at + 1) / count,
            len(held),
            sum(confidence for confidence, _ in held) / len(held),
            sum(is_right for _, is_right in held),
        )
        for at, held in sorted(sorted_in.items())
    ]


def calibration_error(points: Sequence[tuple[float, bool]]) -> float:
    """Return the expected calibration error: the mean distance of confidence and share over ten bins."""
    if not points:
        return 0.0
    return sum(one.count * abs(one.confidence - one.share) for one in bins(points)) / len(points)
