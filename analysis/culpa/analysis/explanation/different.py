"""Which attributes are over-represented among the failed requests of a problem. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from culpa.analysis.explanation.significance import benjamini_hochberg, fisher_greater

#: Of all attributes that are shown, one in a hundred may be there by chance.
FALSE_SHARE: Final = 0.01
#: Of fewer failed requests nothing can be said.
MIN_FAILING: Final = 3
#: More lines would not be read; the most significant come first.
SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """One attribute that failed requests have more often than healthy ones of the same route.

    Units: `p` is the probability of so many by chance, before the correction for having asked often.
    """

    key: str
    value: str
    failing: int
    failing_total: int
    healthy: int
    healthy_total: int
    p: float

    @property
    def text(self) -> str:
        """Return it in words: `tenant=acme in 9 of 9 failing, 31 of 1,204 healthy requests (p 2e-12)`."""
        return (
            f"{self.key}={self.value} in {self.failing:,} of {self.failing_total:,} failing, "
            f"{self.healthy:,} of {self.healthy_total:,} healthy requests (p {_short(self.p)})"
        )


def differences(counts: Iterable[Mapping[str, Any]]) -> list[Difference]:
    """Return what differs beyond chance, the most significant first; often nothing.

    Shape: `counts` are rows of sql/attribute_counts.sql.
    """
    tested = 0
    candidates: list[Difference] = []
    for row in counts:
        tested = row["tested"]
        difference = _tested(row)
        if difference is not None:
            candidates.append(difference)
    chances = benjamini_hochberg([one.p for one in candidates], tested)
    real = [one for one, chance in zip(candidates, chances, strict=True) if chance <= FALSE_SHARE]
    return _without_echoes(sorted(real, key=lambda one: (one.p, _is_minor(one.key), one.key, one.value)))[:SHOWN]


def _tested(row: Mapping[str, Any]) -> Difference | None:
    failing, failing_total = row["failing"], row["failing_total"]
    healthy, healthy_total = row["healthy"], row["healthy_total"]
    if failing_total < MIN_FAILING or not healthy_total or failing * healthy_total <= healthy * failing_total:
        return None
    p = fisher_greater(failing, failing_total, healthy, healthy_total)
    return Difference(row["key"], row["value"], failing, failing_total, healthy, healthy_total, p)


def _without_echoes(ranked: Sequence[Difference]) -> list[Difference]:
    """Leave out ids of processes and machines that stand on the same number of requests as a name that is kept."""
    kept: list[Difference] = []
    for one in ranked:
        counts = (one.failing, one.failing_total, one.healthy, one.healthy_total)
        same = [k for k in kept if counts == (k.failing, k.failing_total, k.healthy, k.healthy_total)]
        if not (same and _is_minor(one.key)):
            kept.append(one)
    return kept


def _is_minor(key: str) -> bool:
    """Tell whether an attribute is an id that says nothing to people where a name is there."""
    name = key.split(" of ")[0]
    return name.startswith("process.") or name == "service.instance.id" or name.endswith((".id", ".uid"))


def _short(p: float) -> str:
    return f"{p:.3f}" if p >= 0.001 else f"{p:.0e}".replace("e-0", "e-")
