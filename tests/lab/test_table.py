"""The table of faults itself: whether it shows every cause of the contract, and enough that is no failure."""

import re
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from lab import left_out
from lab.choose import cells
from lab.faults import TABLES
from lab.stacks import ALL, FRONTS

CONTRACT = Path(__file__).parents[2] / "docs" / "verdicts.md"
#: What a machine that is root on Linux lends.
MACHINE = frozenset({"root", "small-disk", "kernel-log", "broker"})
CELLS = cells(TABLES, ALL, FRONTS, MACHINE)


def test_every_cause_is_injected_in_two_stacks_or_left_out_with_a_reason() -> None:
    """A stack is a web server and an app; the causes are those of docs/verdicts.md."""
    found = re.findall(
        r"`((?:app|database|cache|queue|upstream|config|host|web_server)\.[a-z_]+)`", CONTRACT.read_text()
    )
    stacks = Counter(cause for cause, _stack in {(one.fault.cause, one.name) for one in CELLS})
    shown = {cause for cause, count in stacks.items() if count >= 2}
    assert {*found} - {*left_out.CAUSES} == {*found} & shown
    assert set() == {*left_out.CAUSES} & shown
    assert set() == {one.fault.cause for one in CELLS} - {*found, "", "unknown"}


def test_there_are_enough_cells() -> None:
    """Of failures, and of requests that only look like one."""
    assert 200 <= len(CELLS)
    assert 40 <= sum(not one.fault.cause for one in CELLS)


def test_no_two_faults_have_the_same_name() -> None:
    """The report groups cells by it."""
    names = [fault.story for table in TABLES for fault in table.faults]
    assert [] == [name for name, count in Counter(names).items() if count > 1]


def test_every_fault_is_injected_somewhere() -> None:
    """A need that no stack meets would hide a fault."""
    assert set() == {fault.story for table in TABLES for fault in table.faults} - {one.fault.story for one in CELLS}
