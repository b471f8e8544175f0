"""Cross-validation: every recording is judged by what was learnt without its fold."""

from collections.abc import Callable

from culpa.analysis.judgement.weigh import Weights
from training.cases import Cases, Judged, judged
from training.corpus import Recording
from training.learn import Material, learn

#: What is held out together: all recordings of one kind of fault whatever the stack, or of one stack.
FOLDS: dict[str, Callable[[Recording], str]] = {
    "by fault kind": lambda recording: recording.kind,
    "by stack": lambda recording: recording.stack,
}


def held_out(of: Cases, taught: Material, fold: Callable[[Recording], str], start: Weights) -> Judged:
    """Return the verdicts on each case. `start` only makes the search for weights quicker."""
    given: Judged = {}
    for name in sorted({fold(one) for one in of.recordings}):
        by = learn(taught.without(lambda one, name=name: fold(one) == name), start.log_odds)
        given |= judged(of, by, lambda one, name=name: fold(one) == name)
    return given
