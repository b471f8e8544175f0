"""Cross-validation: every recording is judged by what was learnt without its fold."""

from collections.abc import Callable

from culpa.analysis.judgement.weigh import Weights
from training.corpus import Recording
from training.learn import Material, judged, learn
from training.scoring import Row, Score, score

#: What is held out together: all recordings of one stack, or of one kind of fault whatever the stack.
FOLDS: dict[str, Callable[[Recording], str]] = {
    "by fault kind": lambda recording: recording.kind,
    "by stack": lambda recording: recording.stack,
}


def held_out(of: Material, fold: Callable[[Recording], str], start: Weights) -> dict[str, list[Row]]:
    """Return the verdicts on each recording, by name. `start` only makes the search for weights quicker."""
    given: dict[str, list[Row]] = {}
    for name in sorted({fold(one) for one in of.recordings}):
        by = learn(of.without(lambda one, name=name: fold(one) == name), start.log_odds)
        given |= judged(of, by, lambda one, name=name: fold(one) == name)
    return given


def score_of(of: Material, given: dict[str, list[Row]]) -> Score:
    """Compare verdicts by recording with the labels."""
    return score(of.recordings, [given[one.name] for one in of.recordings])


def all_judged(of: Material, by: Weights) -> Score:
    """Judge every recording by one set of weights."""
    return score_of(of, judged(of, by, lambda _: True))
