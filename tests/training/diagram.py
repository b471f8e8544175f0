"""Draw the reliability diagram: how often verdicts of some confidence are right."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from culpa.analysis.learning import Bin, bins, wilson

#: Ids inside the picture come from it, so that the same figures give the same bytes.
_SALT = "culpa"


def draw(points: Sequence[tuple[float, bool]], title: str, to: Path) -> None:
    """Write the diagram as SVG. Shape: points are (confidence, is it right)."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    with matplotlib.rc_context({"svg.hashsalt": _SALT, "svg.fonttype": "none", "font.family": "sans-serif"}):
        figure, (above, below) = pyplot.subplots(
            2, 1, figsize=(5, 5.6), height_ratios=(4, 1), sharex=True, layout="constrained"
        )
        _reliability(above, bins(points))
        above.set_title(title, fontsize=11)
        below.hist([confidence for confidence, _ in points], bins=20, range=(0, 1), color="#5b8db8")
        below.set_xlabel("confidence")
        below.set_ylabel("verdicts")
        figure.savefig(to, format="svg", metadata={"Date": None, "Creator": None})
        pyplot.close(figure)


def _reliability(axes: Any, held: Sequence[Bin]) -> None:
    axes.plot([0, 1], [0, 1], color="#999999", linewidth=1, linestyle="--")
    for one in held:
        low, high = wilson(one.right, one.count)
        axes.plot([one.confidence, one.confidence], [low, high], color="#5b8db8", linewidth=2)
        axes.plot([one.confidence], [one.share], marker="o", color="#1f3d5a")
        axes.annotate(str(one.count), (one.confidence, one.share), (6, -10), textcoords="offset points", fontsize=8)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.set_ylabel("share right")
