"""Damaged lines of every format: each is a row or unreadable, and none costs far more than the others.

`CULPA_MUTATED_LINES=100000` for the long form, which prints its figures; a few hundred lines of each otherwise.
"""

import functools
import gc
import json
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from linearity.mutation import mutated

from culpa.collector.formats import (
    LineSplitter,
    Record,
    RecordAssembler,
    Row,
    Source,
    Unreadable,
    by_name,
    formats,
    recognise,
    tables_of,
)
from culpa.knowledge import declared_formats

_GOLDEN = Path(__file__).parents[1] / "collector/formats/golden"
_SAMPLES = [
    *(json.loads(path.read_text("utf-8")) for path in sorted(_GOLDEN.glob("*.json"))),
    *({"format": one.name, "line": sample.line} for one in declared_formats() for sample in one.samples),
]
_COUNT = int(os.environ.get("CULPA_MUTATED_LINES", "300"))
#: The short form ends here: a line of Laravel's holds a stack of 10 KB, and 300 of them cost what all other formats do together.
_MOST_BYTES = 200_000 if _COUNT < 10_000 else 1 << 40
#: Batches of one size, so that long lines and short ones compare, and the clock's grain does not matter.
_BATCH_BYTES = 65_536
_MOST_TIMES = 5
#: Tables of rows cost ten times what reading does: the long form makes some only.
_TABLES_EVERY = 1 if _COUNT < 10_000 else 10
#: What a line costs besides its bytes, in bytes: or a thousand lines of three letters would count as slow.
_BYTES_OF_A_LINE = 64
_SOURCE = Source("some.log")


class Cost(NamedTuple):
    """What reading one batch took."""

    ns_per_byte: float
    batch: bytes


@pytest.fixture(scope="module", autouse=True)
def _small_heap() -> Iterator[None]:
    # Each batch is timed without garbage: what other tests left in the process need not be gone through every time.
    assert _caches(), "looked for before they are frozen, or none would be found"
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize("name", formats())
def test_a_mutated_line_breaks_nothing_and_costs_what_its_length_says(name: str) -> None:
    lines = [golden["line"] for golden in _SAMPLES if golden["format"] == name]
    real = "\n".join(lines).encode() + b"\n"
    real *= _BATCH_BYTES // len(real) + 1
    of_real = min(_ns(name, real) for _ in range(3)) / _length(real)
    costs: list[Cost] = []
    batch = b""
    count = made = size = 0
    for line in mutated(lines, name, _COUNT):
        count += 1
        size += len(line)
        batch += line.encode("utf-8", "replace") + b"\n"
        if len(batch) >= _BATCH_BYTES:
            made += 1
            costs.append(Cost(_ns(name, batch, with_tables=made % _TABLES_EVERY == 0) / _length(batch), batch))
            batch = b""
            if size > _MOST_BYTES:
                break
    _ns(name, batch)
    assert _COUNT == count or size > _MOST_BYTES
    # Most damaged JSON is given up at once: then the measure is what a real line costs.
    usual = max(statistics.median(cost.ns_per_byte for cost in costs), of_real)
    slow = [cost for cost in costs if cost.ns_per_byte > _MOST_TIMES * usual]
    # What else the machine did is no fault of the lines: the same must be slow again.
    slow = [
        cost
        for cost in slow
        if min(_ns(name, cost.batch) for _ in range(3)) / _length(cost.batch) > _MOST_TIMES * usual
    ]
    most = max(cost.ns_per_byte for cost in costs)
    print(f"{name}: {count} lines, {usual:.0f} ns per byte, at most {most / usual:.1f} times that")
    assert [] == [cost.batch[:2_000] for cost in slow]


def _length(batch: bytes) -> int:
    return len(batch) + _BYTES_OF_A_LINE * batch.count(b"\n")


def _ns(name: str, batch: bytes, *, with_tables: bool = True) -> int:
    """Read a batch as a file is read, and return the CPU time that it took."""
    _forget()
    gc.collect()
    gc.disable()
    start = time.process_time_ns()
    known = by_name(name)
    splitter, assembler = LineSplitter(), RecordAssembler(known)
    rows: list[Row] = []
    for line in [*splitter.feed(batch), *splitter.rest()]:
        for record in assembler.add(line):
            rows += _row(name, record)
    for record in assembler.flush():
        rows += _row(name, record)
    took = time.process_time_ns() - start
    gc.enable()
    for table in tables_of(rows if with_tables else []).values():
        table.validate(full=True)
    recognise("some.log", batch[:4_000].decode("utf-8", "replace").split("\n"))
    return took


def _row(name: str, record: Record) -> list[Row]:
    with suppress(Unreadable):
        row = by_name(name).read(record, _SOURCE)
        return [row] if row else []
    return []


def _forget() -> None:
    """Empty the caches of our own functions: what was read once would cost nothing the second time."""
    for each in _caches():
        each.cache_clear()


@functools.cache
def _caches() -> "tuple[functools._lru_cache_wrapper[object], ...]":
    return tuple(
        each
        for each in gc.get_objects()
        if type(each) is functools._lru_cache_wrapper  # a proxy would answer for what it stands for, and load it
        and each.__module__.startswith("culpa.")
        and each.cache_parameters()["maxsize"] is not None
    )
