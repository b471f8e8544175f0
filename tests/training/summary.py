"""A score in one line, and each verdict that is not right in another."""

from culpa.analysis.learning import calibration_error
from training.scoring import Row, Score


def line(title: str, score: Score) -> str:
    """Return the figures that matter of a score."""
    count = len(score.outcomes)
    parts = (
        f"{title:34} right {score.right}/{count} = {score.right / count:.1%}",
        f"confident and right {score.right_and_confident / count:.1%}",
        f"confidently wrong {score.confidently_wrong}",
        f"wrong {score.wrong}",
        f"silent {score.silent}",
        f"false alarms {score.false_alarms}",
        f"ECE {calibration_error(score.calibration()):.3f}",
    )
    return ", ".join(parts)


def faults(score: Score) -> list[str]:
    """Return a line per failure whose verdict is not right, the confidently wrong first."""
    bad = [one for one in score.outcomes if not one.is_right]
    return [
        f"{'wrong' if one.is_named else 'silent':6} {one.confidence:.2f}  {one.recording.name}: "
        f"{_answer(one.given)} instead of {_answer(one.expected['expect'])}"
        for one in sorted(bad, key=lambda one: (not one.is_named, -one.confidence, one.recording.name))
    ]


def _answer(row: Row | None) -> str:
    return f"{row['layer']}/{row['component']}/{row['cause']}" if row else "no verdict"
