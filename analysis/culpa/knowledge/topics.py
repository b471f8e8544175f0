"""What sayings are about, and which of several counts: of a topic's steps in order the first that matches."""

from dataclasses import dataclass
from functools import cache

from culpa.knowledge.tables import table

#: The last step of a topic of several meanings: nothing else matched.
ELSE = "else"
#: What the only step of a topic means that asks yes or no.
YES = "yes"


@dataclass(frozen=True, slots=True)
class Guard:
    """A step counts only where a field matches, or only where it does not."""

    field: str
    pattern: str
    is_negated: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One place in a topic's order: sayings that mean the same."""

    name: str
    means: str
    guards: tuple[Guard, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """What a rule or relation asks of a text: its steps in order, and what it means where none matches."""

    name: str
    steps: tuple[Step, ...]
    otherwise: str

    @property
    def is_yes_or_no(self) -> bool:
        """Say whether the answer is a boolean."""
        return [step.means for step in self.steps] == [YES]

    def step(self, name: str) -> Step | None:
        """Return the step of that name."""
        return next((step for step in self.steps if step.name == name), None)


@cache
def topics() -> dict[str, Topic]:
    """Return the topics of `topics.tsv` by name."""
    rows = table("topics")
    found: dict[str, Topic] = {}
    for name in dict.fromkeys(row["topic"] for row in rows):
        own = [row for row in rows if row["topic"] == name]
        steps = tuple(_step(row) for row in own if row["step"] != ELSE)
        found[name] = Topic(name, steps, next((row["means"] for row in own if row["step"] == ELSE), ""))
    return found


def _step(row: dict[str, str]) -> Step:
    guards = [
        _guard(row[column], is_negated) for column, is_negated in (("only", False), ("unless", True)) if row[column]
    ]
    means = row["step"] if row["means"] == "=" else row["means"]
    return Step(row["step"], means, tuple(guards))


def _guard(text: str, is_negated: bool) -> Guard:
    field, _, pattern = text.partition(": ")
    return Guard(field, pattern, is_negated)
