"""Charts drawn on the server: they need no script, and no style that the page's policy would refuse. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """One bar of a chart. Units: those of the chart's view box."""

    x: float
    y: float
    width: float
    height: float
    value: float
    label: str = ""


def bars(values: Sequence[float], width: float, height: float, *, gap: float = 0.25, least: float = 1.5) -> list[Bar]:
    """Return a bar for every value that is not zero; what is there is seen, however small."""
    most = max(values, default=0) or 1
    step = width / max(1, len(values))
    out: list[Bar] = []
    for at, value in enumerate(values):
        if value > 0:
            tall = max(least, height * value / most)
            out.append(
                Bar(round(at * step, 2), round(height - tall, 2), round(step * (1 - gap), 2), round(tall, 2), value)
            )
    return out


def spark(values: Sequence[int]) -> list[Bar]:
    """Return the bars of a sparkline in a box of 120 by 26."""
    return bars(values, 120, 26)


def ticks(most: float) -> list[float]:
    """Return two or three round numbers up to the largest value, for an axis."""
    if most <= 0:
        return []
    size = 1.0
    while size * 10 <= most:
        size *= 10
    while size > most:
        size /= 10
    steps = [step * size for step in (1, 2, 5) if step * size <= most]
    # Of requests there are no halves.
    return [steps[-1] / 2, steps[-1]] if steps[-1] >= 2 and steps[-1] % 2 == 0 else [steps[-1]]
