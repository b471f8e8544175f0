"""Weigh evidence into a ranking of candidates. Pure: values in, values out."""

import math
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from culpa.analysis.judgement.calibration import Calibration
from culpa.analysis.pipeline.evidence import Evidence
from culpa.analysis.pipeline.rules import rules
from culpa.analysis.pipeline.weights_file import BadWeights, weights_name, weights_text

# system://host:port/namespace of a database, cache or queue; a part that nobody gave is missing. An HTTP address
# without a port means the scheme's own.
_DEPENDENCY = re.compile(r"(?!https?:|grpc:)([a-z0-9._]+)://(\[[^\]]*\]|[^/:]*)(?::(\d+))?(?:/(.*))?")

#: Evidence of the kind `fallback` is true of every failure: it counts little beside something special.
FALLBACK_BESIDE_SPECIAL = 0.25

#: The most confidence in a candidate that rests on a single fallback rule: nothing else speaks for it.
FALLBACK_AT_MOST = 0.79

#: A candidate without fallback evidence is special from this score on.
SPECIAL_FROM = 1.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible answer: what it names, the sum of its log-odds, its share of all probability, its evidence.

    Shape: evidence is (weight, observation), heaviest first. `confidence` is the probability, calibrated, and
    no more than how surely any of the evidence is of this request; less than sure where only a single fallback
    speaks for it.
    """

    layer: str
    component: str
    cause: str
    score: float
    probability: float
    confidence: float
    evidence: tuple[tuple[float, Evidence], ...]


@dataclass(frozen=True, slots=True)
class Weights:
    """Log-odds per rule, the kind of each rule, and what a probability is worth."""

    log_odds: Mapping[str, float]
    kinds: Mapping[str, str]
    calibration: Calibration = field(default_factory=Calibration)


def weights() -> Weights:
    """Return the weights in use: learnt where there were examples, else by kind. Errors: BadWeights."""
    return _weights(weights_name())


@cache
def _weights(name: str) -> Weights:
    text = weights_text(name)
    try:
        return weights_of(tomllib.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadWeights(
            f"{name or 'weights.toml'} holds no weights ({error!r}); it needs tables [kinds], [rules] and, for "
            "confidences, [calibration] as in weights.toml of culpa.analysis"
        ) from error


def weights_of(table: Mapping[str, Any]) -> Weights:
    """Return the weights that a parsed weights.toml holds. Errors: KeyError for a kind without a prior."""
    log_odds = {rule.name: float(table["rules"].get(rule.name, table["kinds"][rule.kind])) for rule in rules()}
    return Weights(log_odds, {rule.name: rule.kind for rule in rules()}, Calibration(**table.get("calibration", {})))


def rank(evidence: Iterable[Evidence], by: Weights) -> list[Candidate]:
    """Return the candidates that the evidence names, most probable first.

    A rule counts once per candidate, by its strongest observation. `unknown` takes part with a score of 0, so
    that the probabilities sum to less than 1.
    """
    groups = merge(evidence)
    strongest = {name: _strongest(group) for name, group in groups.items()}
    special = any(
        _score(rules, by, 1.0) >= SPECIAL_FROM
        for rules in strongest.values()
        if all(by.kinds[rule] != "fallback" for rule in rules)
    )
    scale = FALLBACK_BESIDE_SPECIAL if special else 1.0
    scores = {name: _score(rules, by, scale) for name, rules in strongest.items()}
    shares = {name: math.exp(score) for name, score in scores.items()}
    total = 1.0 + sum(shares.values())
    candidates = [
        _candidate(name, scores[name], share / total, by, _weighed(groups[name], by, scale))
        for name, share in shares.items()
    ]
    return sorted(candidates, key=lambda one: (-one.probability, one.layer, one.component, one.cause))


def _candidate(
    name: tuple[str, str, str],
    score: float,
    probability: float,
    by: Weights,
    evidence: tuple[tuple[float, Evidence], ...],
) -> Candidate:
    at_most = max(one.surety for _, one in evidence)
    # What speaks against it does not make it rest on more.
    rules = {one.rule for weight, one in evidence if weight > 0.0}
    if len(rules) == 1 and by.kinds[min(rules)] == "fallback":
        at_most = min(at_most, FALLBACK_AT_MOST)
    return Candidate(*name, score, probability, min(by.calibration.confidence(probability), at_most), evidence)


def merge(evidence: Iterable[Evidence]) -> dict[tuple[str, str, str], list[Evidence]]:
    """Group by what is named; a component known in part joins the one it is a part of."""
    groups: dict[tuple[str, str, str], list[Evidence]] = defaultdict(list)
    for one in evidence:
        groups[one.layer, one.component, one.cause].append(one)
    for name in sorted(groups, key=lambda name: len(name[1])):
        layer, component, cause = name
        fuller = [
            other
            for other in groups
            if other != name and (other[0], other[2]) == (layer, cause) and is_part(component, other[1])
        ]
        if fuller:
            groups[max(fuller, key=lambda other: len(other[1]))].extend(groups.pop(name))
    return groups


def is_part(component: str, of: str) -> bool:
    """Return whether a component's name leaves out what another one tells of the same component."""
    if component == "":
        return of != ""
    if "://" in component and len(of) > len(component) and of.startswith(component):
        return True
    mine, other = _DEPENDENCY.fullmatch(component), _DEPENDENCY.fullmatch(of)
    return bool(
        mine
        and other
        and component != of
        and all(a in ("", b) for a, b in zip(mine.groups(""), other.groups(""), strict=True))
    )


def _strongest(group: Iterable[Evidence]) -> dict[str, float]:
    """Return how strong each rule's strongest observation is."""
    strongest: dict[str, float] = {}
    for one in group:
        strongest[one.rule] = max(strongest.get(one.rule, 0.0), one.strength)
    return strongest


def _score(strongest: Mapping[str, float], by: Weights, fallback_scale: float) -> float:
    return sum(_weight(rule, strength, by, fallback_scale) for rule, strength in strongest.items())


def _weighed(group: Iterable[Evidence], by: Weights, fallback_scale: float) -> tuple[tuple[float, Evidence], ...]:
    pairs = [(_weight(one.rule, one.strength, by, fallback_scale), one) for one in group]
    # Up to the words: what weighs the same stands in the same order each time.
    return tuple(
        sorted(pairs, key=lambda pair: (-pair[0], pair[1].rule, pair[1].span_id, pair[1].seen_at, pair[1].source))
    )


def _weight(rule: str, strength: float, by: Weights, fallback_scale: float) -> float:
    scale = fallback_scale if by.kinds[rule] == "fallback" else 1.0
    return strength * by.log_odds[rule] * scale
