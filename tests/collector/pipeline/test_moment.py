"""The questions of one screen are answered of one picture of the store, by few processes, and hold it no longer than they are asked."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import psutil
import pytest

from culpa.collector.queries import Forker, Limits, Moment, Questions
from culpa.store import DuckDBStore, QueryFailed, hot_rows, seal, wal_of

from .rows import spans

LIMITS = Limits(timeout_s=20, memory_bytes=500_000_000, max_rows=1000, threads=1)
COUNT = "select count(*) as n from segment.data.tail_positions"
_MOST_BYTES = 1_000_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckDBStore]:
    with DuckDBStore(tmp_path / "one.duckdb", writable=True, shared=True) as opened:
        _add(opened)
        yield opened


def _add(store: DuckDBStore) -> None:
    with store.transaction() as cursor:
        cursor.execute("insert into segment.data.tail_positions values ('/x', 1, '', 1, timestamp_ns '2026-01-01')")


def _run(
    store: DuckDBStore, work: Callable[[Moment], Awaitable[None]], *, places: int = 2, limits: Limits = LIMITS
) -> None:
    async def inside() -> None:
        forker = Forker()
        moment = Moment(Questions(store, forker, limits, places, 10))
        try:
            await work(moment)
        finally:
            await moment.close()
            forker.close()

    asyncio.run(inside())


async def _count(moment: Moment) -> int:
    found = await moment.table(COUNT, {}, _MOST_BYTES)
    return int(found.to_pylist()[0]["n"])


def _answering() -> int:
    """Return how many processes wait for questions: those below the one that forks."""
    return len(_who_answer())


def _who_answer() -> list[psutil.Process]:
    forking = [one for one in psutil.Process().children() if "culpa.collector.queries.zygote" in one.cmdline()]
    return [child for one in forking for child in one.children()]


def test_what_is_stored_meanwhile_is_not_in_the_picture(store: DuckDBStore) -> None:
    async def work(moment: Moment) -> None:
        assert 1 == await _count(moment)
        await asyncio.to_thread(_add, store)
        assert 1 == await _count(moment)
        assert 1 == _answering()
        await moment.let_go()
        assert 2 == await _count(moment)

    _run(store, work)


@pytest.mark.parametrize(("places", "most"), [(1, 1), (4, 2)])
def test_questions_at_once_share_few_processes(store: DuckDBStore, places: int, most: int) -> None:
    """A second is begun only where a place is free."""

    async def work(moment: Moment) -> None:
        assert [1] * 6 == await asyncio.gather(*(_count(moment) for _ in range(6)))
        assert most == _answering()

    _run(store, work, places=places)


def test_one_that_fails_costs_no_other(store: DuckDBStore) -> None:
    async def work(moment: Moment) -> None:
        others = asyncio.gather(*(_count(moment) for _ in range(3)))
        with pytest.raises(QueryFailed, match="no such thing"):
            await moment.table("select error('no such thing')", {}, _MOST_BYTES)
        assert [1, 1, 1] == await others
        assert 1 == await _count(moment)

    _run(store, work, places=1)


def test_each_question_has_its_own_time(store: DuckDBStore) -> None:
    """A screen of many questions takes longer than one of them may."""
    limits = Limits(timeout_s=3, memory_bytes=500_000_000, max_rows=1000, threads=1)

    async def work(moment: Moment) -> None:
        began = time.monotonic()
        while time.monotonic() - began < 6:
            assert 1 == await _count(moment)
            await asyncio.sleep(0.5)

    _run(store, work, limits=limits)


def test_who_asks_no_more_keeps_no_checkpoint_waiting(store: DuckDBStore) -> None:
    """However long the screen is not finished."""

    async def work(moment: Moment) -> None:
        assert 1 == await _count(moment)
        assert wal_of(store.path).stat().st_size
        await asyncio.to_thread(store.checkpoint_aside, 20)
        assert not wal_of(store.path).exists() or not wal_of(store.path).stat().st_size
        assert 1 == await _count(moment)

    _run(store, work)


def test_a_picture_that_was_painted_over_is_taken_anew(store: DuckDBStore) -> None:
    """A checkpoint that waits for nobody: the question is asked again, of what is there now."""

    async def work(moment: Moment) -> None:
        assert 1 == await _count(moment)
        await asyncio.to_thread(_add, store)
        await asyncio.to_thread(store.checkpoint)
        assert 2 == await _count(moment)

    _run(store, work)


def test_who_closes_first_is_answered_all_the_same(store: DuckDBStore) -> None:
    """The process that answers is let go when its answer is read."""

    async def work(moment: Moment) -> None:
        asked = asyncio.ensure_future(_count(moment))
        await asyncio.sleep(0)
        await moment.close()
        assert 1 == await asked
        await asyncio.to_thread(store.checkpoint_aside, 20)

    _run(store, work)


def test_the_next_screen_takes_over_what_answered_the_last_one(tmp_path: Path) -> None:
    """It sees what was stored, sealed and rewritten since; one that died meanwhile is replaced."""

    async def work(moment: Moment) -> None:
        assert 1 == await _count(moment)
        first = _who_answer()
        for change in (_add, _seal, DuckDBStore.checkpoint, _add):
            await moment.let_go()
            await asyncio.to_thread(change, store)
            await asyncio.to_thread(_add, store)
            found = await moment.table("select count(*) as n from spans", {}, _MOST_BYTES)
            assert 1 == found.to_pylist()[0]["n"]
            assert _added(store) == await _count(moment)
            assert first == _who_answer()
        await moment.let_go()
        first[0].kill()
        first[0].wait()
        await asyncio.sleep(0.1)
        assert _added(store) == await _count(moment)
        assert first != _who_answer()

    (tmp_path / "several").mkdir()
    with DuckDBStore(tmp_path / "several", writable=True, shared=True) as store:
        _add(store)
        store.write({"spans": spans(1, 1)})
        _run(store, work)


def _added(store: DuckDBStore) -> int:
    return int(store.query(COUNT).to_pylist()[0]["n"])


def _seal(store: DuckDBStore) -> None:
    assert seal(store, hot_rows(store))
