"""Learn weights and their calibration from recordings; the calibration only from what was not learnt from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from culpa.analysis.judgement.weigh import Weights
from training.calibrate import calibration
from training.corpus import Recording
from training.examples import Example
from training.fit import Floats, fit, problem
from training.leaders import Point, leaders

#: Weights are written with as many digits, so that two machines write the same.
DIGITS = 3

#: Folds of the inner cross-validation from which the calibration is fitted; whole kinds of fault per fold.
INNER_FOLDS = 8


@dataclass(frozen=True, slots=True)
class Material:
    """What is learnt from: the examples of each recording, whole and with witnesses taken away, by its name."""

    recordings: tuple[Recording, ...]
    examples: Mapping[str, tuple[Example, ...]]
    priors: Weights

    def without(self, is_out: Callable[[Recording], bool]) -> "Material":
        """Return the same without some of the recordings."""
        return replace(self, recordings=tuple(one for one in self.recordings if not is_out(one)))


def learn(of: Material, start: Mapping[str, float] | None = None) -> Weights:
    """Return the weights that the material teaches, calibrated."""
    by = log_odds(of, start)
    folds = kind_folds(of.recordings)
    points: list[Point] = []
    for fold in sorted(set(folds.values())):
        inner = log_odds(of.without(lambda one, fold=fold: folds[one.name] == fold), by.log_odds)
        for one in of.recordings:
            if folds[one.name] == fold:
                points += leaders(of.examples[one.name], inner)
    return replace(by, calibration=calibration(points))


def log_odds(of: Material, start: Mapping[str, float] | None = None) -> Weights:
    """Return the weights that the material teaches, not calibrated."""
    known = [example for one in of.recordings for example in of.examples[one.name]]
    posed = problem(known, of.priors.log_odds, of.priors.kinds)
    begin: Floats | None = None
    if start is not None:
        begin = posed.prior.copy()
        begin[:] = [start[rule] for rule in posed.rules]
    learnt = dict(zip(posed.rules, (round(float(value), DIGITS) for value in fit(posed, begin)), strict=True))
    return replace(of.priors, log_odds={**of.priors.log_odds, **learnt})


def kind_folds(recordings: Sequence[Recording], count: int = INNER_FOLDS) -> dict[str, int]:
    """Return a fold per recording: kinds stay whole, and go where least is yet, largest first."""
    sizes: dict[str, int] = {}
    for one in recordings:
        sizes[one.kind] = sizes.get(one.kind, 0) + 1
    filled = [0] * count
    fold: dict[str, int] = {}
    for kind in sorted(sizes, key=lambda kind: (-sizes[kind], kind)):
        fold[kind] = filled.index(min(filled))
        filled[fold[kind]] += sizes[kind]
    return {one.name: fold[one.kind] for one in recordings}
