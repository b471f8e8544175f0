"""The words of the table: a fault, the requests by which it shows, and the verdict that it deserves."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab.cell import Cell
    from lab.world import World

#: Something that is done to the stack while the requests run; see `acts`.
Act = Callable[["World", "Cell"], AbstractContextManager[None]]


@dataclass(frozen=True)
class Call:
    """One request of a fault."""

    path: str
    #: Sent so long after the first request of the fault (seconds).
    delay_s: float = 0.0
    #: The client leaves after this (seconds).
    patience_s: float = 20.0
    #: Of rivals some win: who is answered well has not failed. At least one must fail.
    may_win: bool = False
    #: It belongs to the play and may end as it likes, but is not looked at: what occupies a worker, say.
    is_extra: bool = False


@dataclass(frozen=True)
class Fault:
    """What goes wrong, and what should be said of it.

    `cause` is a code of the contract, '' for a request that is no failure. `at` names the component by its part in the
    stack (`places.py`). `needs` are abilities of the stack; a set of alternatives is one string with `|` between.
    """

    story: str
    cause: str
    at: str
    calls: tuple[Call, ...]
    needs: tuple[str, ...] = ()
    act: Act | None = None
    #: Nothing else may run meanwhile.
    is_alone: bool = False
    #: On every web server of the stack's matrix, rather than on one of them.
    on_each_front: bool = False
    #: Two stacks with this fault are enough: it takes long.
    at_most: int = 99
    #: The answer breaks off after its status, which is 200.
    is_cut: bool = False
    #: Part of the quick part too, although nothing else may run meanwhile.
    is_quick: bool = False
    #: How long the stack still works on it after the last answer (seconds).
    lingers_s: float = 0.0


def get(path: str, *more: str, **how: object) -> tuple[Call, ...]:
    """Return calls of these paths, one after another at the same time."""
    return tuple(Call(one, **how) for one in (path, *more))  # type: ignore[arg-type] # the fields of Call


def fits(fault: Fault, abilities: frozenset[str]) -> bool:
    """Say whether a stack has what the fault needs."""
    return all(any(one in abilities for one in need.split("|")) for need in fault.needs)


@dataclass(frozen=True)
class Table:
    """Faults that belong together."""

    title: str
    faults: tuple[Fault, ...] = field(default=())
