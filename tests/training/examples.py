"""Examples to learn from: the candidates of each labelled failure, and which of them are right."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from culpa.analysis.judgement.weigh import Weights, merge
from culpa.analysis.pipeline.evidence import Evidence, Gathered
from training.corpus import Recording
from training.scoring import Row, matched, scorer, verdicts


@dataclass(frozen=True, slots=True)
class Candidate:
    """What points at one answer (rule to its strongest observation), and whether the answer is right."""

    observed: Mapping[str, float]
    is_right: bool


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled failure. `is_unknown_right` says whether saying nothing would be right.

    `weight` says how much it counts: many requests that failed of one thing are not many examples.
    """

    folder: str
    candidates: tuple[Candidate, ...]
    is_unknown_right: bool
    weight: float


def examples(known: Iterable[tuple[Recording, Sequence[Row], Gathered]], by: Weights) -> list[Example]:
    """Return an example for every labelled failure of which anything was seen.

    Shape: recording, its labelled requests, what was seen of it.
    """
    found = [(recording, *pair) for recording, requests, one in known for pair in _labelled(requests, one, by)]
    folders = Counter(recording.name for recording, _, _, _ in found)
    prints = Counter(print_ for _, print_, _, _ in found if print_)
    return [
        Example(
            recording.name,
            candidates,
            is_unknown_right,
            1.0 / max(folders[recording.name], prints[print_]),
        )
        for recording, print_, candidates, is_unknown_right in found
    ]


def _labelled(requests: Sequence[Row], seen: Gathered, by: Weights) -> list[tuple[str, tuple[Candidate, ...], bool]]:
    """Return of each failure the problem's fingerprint, the candidates, and whether abstaining is right."""
    got, _ = matched(requests, verdicts(seen, by))
    found: list[tuple[str, tuple[Candidate, ...], bool]] = []
    for at, verdict in sorted(got.items()):
        if not requests[at]["failure"]:
            continue
        key = (verdict["trace_id"], verdict["request_span_id"])
        candidates = _candidates(seen.evidence[key], requests[at])
        # Where no candidate is right, the best that can be learnt is to stay silent.
        silent = not any(one.is_right for one in candidates)
        found.append((verdict["fingerprint"], candidates, silent))
    return found


def _candidates(evidence: Sequence[Evidence], request: Row) -> tuple[Candidate, ...]:
    # Labels forgive a guess where nothing can be told; the lesson is nevertheless not to guess.
    is_telling = request["expect"]["cause"] != "unknown"
    found: list[Candidate] = []
    for (layer, component, cause), group in sorted(merge(evidence).items()):
        strongest: dict[str, float] = {}
        for one in group:
            strongest[one.rule] = max(strongest.get(one.rule, 0.0), one.strength)
        answer = {"layer": layer, "component": component, "cause": cause}
        found.append(Candidate(strongest, is_telling and bool(scorer().judge(request, answer)["all"])))
    return tuple(found)
