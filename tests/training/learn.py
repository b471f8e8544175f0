"""Learn weights and their calibration from recordings; the calibration only from what was not learnt from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from culpa.analysis.judgement.weigh import Weights, weights_of
from training.calibrate import calibration
from training.corpus import Recording
from training.examples import Example, examples
from training.fit import Floats, fit, problem
from training.leaders import Point, leaders
from training.scoring import Row, verdicts
from training.seen import Seen

#: Weights are written with as many digits, so that two machines write the same.
DIGITS = 3

#: Folds of the inner cross-validation from which the calibration is fitted; whole kinds of fault per fold.
INNER_FOLDS = 8


@dataclass(frozen=True, slots=True)
class Material:
    """The recordings with what was seen in them, and the examples of each."""

    recordings: tuple[Recording, ...]
    seen: tuple[Seen, ...]
    examples: Mapping[str, tuple[Example, ...]]
    priors: Weights

    def without(self, is_out: Callable[[Recording], bool]) -> "Material":
        """Return the same without some of the recordings."""
        kept = [at for at, one in enumerate(self.recordings) if not is_out(one)]
        return replace(
            self,
            recordings=tuple(self.recordings[at] for at in kept),
            seen=tuple(self.seen[at] for at in kept),
        )


def material(recordings: Sequence[Recording], seen: Sequence[Seen], kinds: Mapping[str, float]) -> Material:
    """Gather examples. `kinds` are the priors."""
    priors = weights_of({"kinds": kinds, "rules": {}})
    found = examples(recordings, seen, priors)
    by_folder: dict[str, list[Example]] = {one.name: [] for one in recordings}
    for one in found:
        by_folder[one.folder].append(one)
    return Material(tuple(recordings), tuple(seen), {name: tuple(some) for name, some in by_folder.items()}, priors)


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


def judged(of: Material, by: Weights, is_in: Callable[[Recording], bool]) -> dict[str, list[Row]]:
    """Return the verdicts on some recordings, by name."""
    return {one.name: verdicts(seen, by) for one, seen in zip(of.recordings, of.seen, strict=True) if is_in(one)}
