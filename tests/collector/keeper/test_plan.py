"""What goes first, and what stays, when a store grows old or large."""

from collections.abc import Sequence
from dataclasses import replace

from culpa.collector.keeper.bounds import Bounds
from culpa.collector.keeper.plan import Drop, Rewrite, next_step
from culpa.store import EVERYTHING, FAILING, Segment

DAY = 86_400 * 10**9
NOW = 1_000 * DAY
BOUNDS = Bounds(
    healthy_ns=3 * DAY, failing_ns=30 * DAY, verdicts_ns=400 * DAY, most_bytes=1000, free_bytes=100,
    seal_rows=10, seal_age_ns=DAY, seal_quiet_s=1,
)  # fmt: skip


def _part(number: int, age_days: float, holds: str = EVERYTHING, rows: int = 1_000_000) -> Segment:
    sealed_ns = int(NOW - age_days * DAY)
    return Segment(f"sealed-{number:06}.duckdb", sealed_ns - DAY, sealed_ns, rows, 100, holds, sealed_ns)


def _next(
    *parts: Segment, bounds: Bounds = BOUNDS, store_bytes: int = 500, free_bytes: int = 5000
) -> Drop | Rewrite | None:
    return next_step(parts, bounds, NOW, store_bytes, free_bytes)


def _numbers(parts: Sequence[Segment]) -> list[int]:
    return [int(one.name[7:13]) for one in parts]


def test_a_young_and_small_store_is_left_alone() -> None:
    assert _next() is None
    assert _next(_part(1, 2.9), _part(2, 1)) is None


def test_all_goes_after_its_time() -> None:
    step = _next(_part(1, 31, FAILING), _part(2, 30.5, FAILING), _part(3, 29, FAILING))
    assert isinstance(step, Drop)
    assert [1, 2] == _numbers(step.parts)


def test_healthy_traces_go_before_failing_ones() -> None:
    """Several days in one step, but no file without bound."""
    step = _next(*(_part(number, 4 - number / 100, rows=3_000_000) for number in range(5)), _part(9, 1))
    assert isinstance(step, Rewrite)
    assert ([0, 1], FAILING) == (_numbers(step.parts), step.holds)


def test_a_store_that_is_too_large_loses_healthy_traces_first_then_the_oldest() -> None:
    step = _next(_part(1, 20, FAILING), _part(2, 2), _part(3, 1), store_bytes=1001)
    assert isinstance(step, Rewrite)
    assert ([2], FAILING) == (_numbers(step.parts), step.holds)
    step = _next(_part(1, 20, FAILING), _part(2, 2, FAILING), store_bytes=1001)
    assert isinstance(step, Drop)
    assert [1] == _numbers(step.parts)


def test_a_full_disk_is_freed_at_once() -> None:
    """Not by writing a smaller file beside the old one."""
    step = _next(_part(1, 2), _part(2, 1), free_bytes=99)
    assert isinstance(step, Drop)
    assert [1] == _numbers(step.parts)
    assert _next(free_bytes=99) is None


def test_without_bounds_nothing_goes() -> None:
    free = replace(BOUNDS, healthy_ns=0, failing_ns=0, most_bytes=0, free_bytes=0)
    assert _next(_part(1, 900), _part(2, 500), bounds=free, store_bytes=10**15, free_bytes=0) is None


def test_many_small_files_become_one_but_not_of_different_ages() -> None:
    parts = [_part(number, 12 - number / 10, FAILING, rows=1000) for number in range(8)]
    step = _next(*parts)
    assert isinstance(step, Rewrite)
    assert ([*range(8)], FAILING) == (_numbers(step.parts), step.holds)
    assert _next(*parts[:7], _part(8, 1, FAILING, rows=1000)) is None
    assert _next(*parts[:7], _part(8, 11, EVERYTHING, rows=1000), bounds=replace(BOUNDS, healthy_ns=0)) is None
