"""Tell chance from difference: Fisher's exact test, and a correction for having asked many times. Pure."""

import math
from collections.abc import Sequence


def fisher_greater(hits: int, drawn: int, other_hits: int, other_drawn: int) -> float:
    """Return how probable at least `hits` of `drawn` are, if both groups are alike (one-sided).

    Errors: ValueError for counts that no draw can give. Source: R. A. Fisher, exact test of a 2 x 2 table; the
    hypergeometric tail.
    """
    if not (0 <= hits <= drawn and 0 <= other_hits <= other_drawn):
        raise ValueError(f"{hits} of {drawn} and {other_hits} of {other_drawn} are no counts; parts exceed the whole")
    marked, total = hits + other_hits, drawn + other_drawn
    most = min(marked, drawn)
    logs = [_log_probability(k, drawn, marked, total) for k in range(hits, most + 1)]
    peak = max(logs)
    return min(1.0, math.exp(peak) * math.fsum(math.exp(one - peak) for one in logs))


def _log_probability(k: int, drawn: int, marked: int, total: int) -> float:
    """Return the log of the hypergeometric probability of `k` marked among those drawn."""
    return _log_choose(marked, k) + _log_choose(total - marked, drawn - k) - _log_choose(total, drawn)


def _log_choose(n: int, k: int) -> float:
    if k < 0 or k > n:
        return -math.inf
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def benjamini_hochberg(p_values: Sequence[float], tests: int | None = None) -> list[float]:
    """Return for each p-value the share of false alarms that calling it and all smaller ones real would bring.

    `tests` is how many were made, where those that cannot matter are not listed. Source: Benjamini and
    Hochberg 1995.
    """
    count = max(tests or 0, len(p_values))
    order = sorted(range(len(p_values)), key=lambda index: p_values[index], reverse=True)
    adjusted = [1.0] * len(p_values)
    lowest = 1.0
    for position, index in enumerate(order):
        rank = len(p_values) - position
        lowest = min(lowest, p_values[index] * count / rank)
        adjusted[index] = lowest
    return adjusted
