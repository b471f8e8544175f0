"""A cell: one fault on one stack; and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.fault import Call, Fault
from lab.places import spellings
from lab.stacks import App

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """One fault, to be injected into the app behind one web server."""

    fault: Fault
    app: App
    front: str

    @property
    def name(self) -> str:
        """Return the name of the stack."""
        return f"{self.front} · {self.app.title}"


@dataclass(frozen=True)
class Sent:
    """A request that was sent: its trace, and the status of its answer (0: the client left before, 1: it broke off)."""

    call: Call
    trace_id: str
    status: int


@dataclass
class Result:
    """A cell that was played, and the verdicts on its requests."""

    cell: Cell
    component: str
    sent: list[Sent]
    #: Why the cell did not go as it should: the fault did not show, say. It counts as wrong.
    trouble: str = ""
    #: What the machine lacks for it. It does not count.
    impossible: str = ""
    verdicts: dict[str, Row] = field(default_factory=dict)

    @property
    def looked_at(self) -> list[Sent]:
        """Return the requests that are judged: of rivals those that lost."""
        return [one for one in self.sent if not one.call.is_extra and not (one.call.may_win and one.status < 500)]

    def is_right_of(self, one: Sent) -> bool:
        """Say whether the verdict on a request is what was injected."""
        verdict = self.verdicts.get(one.trace_id)
        if not self.cell.fault.cause:
            return verdict is None
        if verdict is None or verdict["cause"] != self.cell.fault.cause:
            return False
        # An unknown cause may come with the component where it happened, or without.
        return verdict["component"] in spellings(
            self.cell.fault.at, self.component, self.cell.fault.cause, self.cell.app
        ) or (
            verdict["cause"],
            verdict["component"],
        ) == ("unknown", "")

    @property
    def is_right(self) -> bool:
        """Say whether all verdicts are right."""
        return not self.trouble and all(self.is_right_of(one) for one in self.looked_at)

    @property
    def is_false_alarm(self) -> bool:
        """Say whether something was called a failure that is none."""
        return not self.cell.fault.cause and bool(self.verdicts)

    @property
    def is_confidently_wrong(self) -> bool:
        """Say whether a wrong verdict is held with a confidence of 0.8 or more."""
        return any(
            one.trace_id in self.verdicts
            and not self.is_right_of(one)
            and self.verdicts[one.trace_id]["cause"] != "unknown"
            and self.verdicts[one.trace_id]["confidence"] >= 0.8
            for one in self.looked_at
        )
