"""Evidence as it is read: what several spans say in the same words is said once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from culpa.analysis.plain import flowing


@dataclass
class Said:
    """One statement with the numbers of its observations, from 1, where each was made, and the highest weight."""

    statement: str
    rule: str
    weight: float
    numbers: list[int] = field(default_factory=list[int])
    sources: list[str] = field(default_factory=list[str])

    @property
    def marks(self) -> str:
        """Return the numbers as they stand in the tree."""
        return "".join(f"[{number}]" for number in self.numbers)


def said_once(evidence: Sequence[Mapping[str, Any]]) -> list[Said]:
    """Return the statements in their order; of the same rule and words there is one."""
    found: dict[tuple[str, str], Said] = {}
    for number, row in enumerate(evidence, start=1):
        # Clients end the same message with and without a line end.
        statement, rule, weight = " ".join(flowing(row["statement"]).split()), flowing(row["rule"]), row["weight"]
        said = found.setdefault((rule, statement), Said(statement, rule, weight))
        said.numbers.append(number)
        if (source := flowing(row["source"])) not in said.sources:
            said.sources.append(source)
    return list(found.values())
