"""Which fault is injected into which stack: all that fit, on one web server after another."""

from collections.abc import Iterator, Sequence

from lab.cell import Cell
from lab.fault import Fault, Table, fits
from lab.stacks import App


def cells(tables: Sequence[Table], apps: Sequence[App], fronts: Sequence[str], machine: frozenset[str]) -> list[Cell]:
    """Return the cells in the order of the table; `machine` are abilities that every stack here has."""
    chosen: list[Cell] = []
    for number, fault in enumerate(fault for table in tables for fault in table.faults):
        found = list(_of_fault(fault, number, apps, fronts, machine))
        chosen += found[: fault.at_most]
    return chosen


def quick(chosen: Sequence[Cell]) -> list[Cell]:
    """Return what a run of minutes can hold: whatever is healthy, and each fault once, on one app after another.

    Of those that nothing else may run beside, only a few.
    """
    by_fault: dict[Fault, list[Cell]] = {}
    for one in chosen:
        by_fault.setdefault(one.fault, []).append(one)
    few: list[Cell] = []
    for number, (fault, its) in enumerate(by_fault.items()):
        if fault.is_alone:
            few += its[: int(fault.is_quick)]
        else:
            few += [its[number % len(its)]] if fault.cause else its
    return few


def _of_fault(
    fault: Fault, number: int, apps: Sequence[App], fronts: Sequence[str], machine: frozenset[str]
) -> Iterator[Cell]:
    # Round by round, so that a fault that is limited to a few cells takes them from different apps and web servers.
    for round_ in range(len(fronts) if fault.on_each_front else 1):
        for place, app in enumerate(apps):
            good = [front for front in fronts if fits(fault, app.abilities | machine | _abilities(front))]
            if round_ < len(good):
                yield Cell(fault, app, good[(number + place + round_) % len(good)])


def _abilities(front: str) -> frozenset[str]:
    return frozenset({front}) if front == "caddy" else frozenset({front, "not-caddy"})
