"""The recordings as cases to be judged: whole, and with witnesses taken away, each with its right answers."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from culpa.analysis.judgement.weigh import Weights, weights_of
from culpa.analysis.pipeline.evidence import Gathered
from training.corpus import Recording
from training.examples import Example, examples
from training.labels import labels
from training.learn import Material
from training.scoring import Row, Score, score, verdicts
from training.seen import Seen
from training.witnesses import REDUCTIONS, WHOLE, Heard

#: A recording's name, and the witnesses that are heard.
Key = tuple[str, Heard]

#: Verdicts on cases.
Judged = dict[Key, list[Row]]


@dataclass(frozen=True, slots=True)
class Case:
    """What is heard of one recording, and its labelled requests."""

    recording: Recording
    heard: Heard
    gathered: Gathered
    requests: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Cases:
    """All cases, by recording and witnesses, and the recordings as a whole."""

    recordings: tuple[Recording, ...]
    seen: tuple[Seen, ...]
    known: Mapping[Key, Case]
    priors: Weights

    def heard_by(self, heards: Collection[Heard]) -> Iterator[Case]:
        """Yield the cases of these witnesses."""
        yield from (case for case in self.known.values() if case.heard in heards)


def cases(recordings: Sequence[Recording], seen: Sequence[Seen], kinds: Mapping[str, float]) -> Cases:
    """Return the cases that recordings make. `kinds` are the priors."""
    priors = weights_of({"kinds": kinds, "rules": {}})
    known = {
        (recording.name, heard): Case(recording, heard, gathered, labels(recording, one, heard, priors))
        for recording, one in zip(recordings, seen, strict=True)
        for heard, gathered in {WHOLE: one.gathered, **one.reduced}.items()
    }
    return Cases(tuple(recordings), tuple(seen), known, priors)


def material(of: Cases) -> Material:
    """Return what can be learnt. All that a recording is reduced to counts together as much as it does as a whole."""
    reduced = {recording.name: max(1, len(one.reduced)) for recording, one in zip(of.recordings, of.seen, strict=True)}
    found: dict[str, list[Example]] = {one.name: [] for one in of.recordings}
    for heard in (WHOLE, *REDUCTIONS):
        known = [(case.recording, case.requests, case.gathered) for case in of.heard_by([heard])]
        for one in examples(known, of.priors):
            share = 1.0 if heard == WHOLE else 1.0 / reduced[one.folder]
            found[one.folder].append(replace(one, weight=one.weight * share))
    return Material(of.recordings, {name: tuple(some) for name, some in found.items()}, of.priors)


def judged(of: Cases, by: Weights, is_in: Callable[[Recording], bool] = lambda _: True) -> Judged:
    """Return the verdicts on the cases of some recordings."""
    return {key: verdicts(case.gathered, by) for key, case in of.known.items() if is_in(case.recording)}


def score_of(of: Cases, given: Judged, heards: Collection[Heard] = (WHOLE,)) -> Score:
    """Compare verdicts with the labels, where these witnesses were heard."""
    return score(
        (case.recording, case.requests, given[case.recording.name, case.heard]) for case in of.heard_by(heards)
    )
