"""The tables of the accuracy page, in Markdown."""

from collections.abc import Callable, Mapping, Sequence

from culpa.analysis.learning import bins, calibration_error, wilson
from training.scoring import Outcome, Score


def share(right: int, count: int) -> str:
    """Return `97.2 % [94.8, 98.5]`."""
    if not count:
        return "-"
    low, high = wilson(right, count)
    return f"{right / count:.1%} [{low:.1%}, {high:.1%}]".replace("%", " %").replace(" %, ", ", ")


def overall(scores: Mapping[str, Score], *, is_counted: bool = False) -> str:
    """Return a row per score, with the number of failures where `is_counted`."""
    head = ("right", "right and confident", "confidently wrong", "wrong", "silent", "false alarms", "ECE")
    rows = [
        (
            title,
            *([str(len(one.outcomes))] if is_counted else []),
            share(one.right, len(one.outcomes)),
            share(one.right_and_confident, len(one.outcomes)) if _has_confidence(one) else "-",
            str(one.confidently_wrong) if _has_confidence(one) else "-",
            str(one.wrong),
            str(one.silent),
            str(one.false_alarms) if _has_confidence(one) else "-",
            f"{calibration_error(one.calibration()):.3f}" if _has_confidence(one) else "-",
        )
        for title, one in scores.items()
    ]
    return _table(("", *(["failures"] if is_counted else []), *head), rows)


def grouped(score: Score, by: Callable[[Outcome], str]) -> str:
    """Return a row per group of failures."""
    head = ("", "failures", "right", "right and confident", "confidently wrong", "wrong", "silent")
    rows: list[tuple[str, ...]] = []
    for name in sorted({by(one) for one in score.outcomes}):
        some = score.of(one for one in score.outcomes if by(one) == name)
        count = len(some.outcomes)
        cells = (some.right_and_confident, some.confidently_wrong, some.wrong, some.silent)
        rows.append((name, str(count), share(some.right, count), *map(str, cells)))
    return _table(head, rows)


def calibration(points: Sequence[tuple[float, bool]]) -> str:
    """Return a row per bin."""
    rows = [
        (
            f"{one.low:.1f} to {one.high:.1f}",
            str(one.count),
            f"{one.confidence:.3f}",
            share(one.right, one.count),
        )
        for one in bins(points)
    ]
    return _table(("confidence", "verdicts", "mean confidence", "right"), rows)


def _has_confidence(score: Score) -> bool:
    """Say whether these verdicts have confidences at all; the baseline's have none."""
    return any(0.0 < one.confidence < 1.0 for one in score.outcomes)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
