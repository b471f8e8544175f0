"""A failing trace is judged soon, again when it has gone quiet, and once more when a late span comes."""

import threading
import time
from collections.abc import Collection, Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from culpa.collector.settler import Settler
from culpa.collector.settler.novelty import Novelty
from culpa.collector.settler.reach import Reach
from culpa.collector.settler.watch import Due, Watch
from culpa.collector.writer import Writer
from culpa.store import DuckDBStore

from .rows import START_NS, spans, table

T1, T2 = f"{1:032x}", f"{2:032x}"


def _step(watch: Watch, now: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
    due = watch.due(now, 100)
    watch.judged(due.final, now, settled=True)
    watch.judged(due.provisional, now, settled=False)
    return due.final, due.provisional


def test_provisional_then_final() -> None:
    """One of each, at their times."""
    watch = Watch(settle_s=10, provisional_s=1)
    watch.suspect([T1], 0)
    assert [((), ()), ((), (T1,)), ((), ()), ((T1,), ()), ((), ())] == [
        _step(watch, now) for now in (0.5, 1, 9, 10, 99)
    ]


def test_a_span_puts_the_final_verdict_off() -> None:
    """Quiet means quiet."""
    watch = Watch(settle_s=10, provisional_s=1)
    watch.suspect([T1], 0)
    watch.arrived([T1, T2], 8)
    assert [((), (T1,)), ((), ()), ((T1,), ())] == [_step(watch, now) for now in (8, 10, 18)]


def test_a_late_span_opens_a_judged_trace_again() -> None:
    """It is provisional at once and settles anew; a trace that never failed stays out of it."""
    watch = Watch(settle_s=10, provisional_s=1)
    watch.suspect([T1], 0)
    assert ((T1,), ()) == _step(watch, 20)
    watch.arrived([T1, T2], 100)
    assert [((), (T1,)), ((T1,), ())] == [_step(watch, now) for now in (101, 110)]


def test_what_comes_while_it_is_judged_is_judged_later() -> None:
    """The verdict cannot have seen it."""
    watch = Watch(settle_s=10, provisional_s=1)
    watch.suspect([T1], 0)
    due = watch.due(10, 100)
    watch.arrived([T1], 11)
    watch.judged(due.final, 10, settled=True)
    assert Due((T1,), ()) == watch.due(21, 100)


def test_a_trace_that_cannot_be_judged_is_given_up_in_the_end() -> None:
    """Tried ever more rarely."""
    watch = Watch(settle_s=10, provisional_s=1)
    watch.suspect([T1], 0)
    now, tries, given_up = 10.0, 0, []
    while not given_up:
        now = max(now, watch.next_at())
        given_up = watch.failed(watch.due(now, 100).final, now)
        tries += 1
    assert ([T1], 8) == (given_up, tries)
    assert now > 60


def test_in_a_crowd_those_that_went_quiet_wait_for_each_other() -> None:
    """One call for hundreds costs as much as one for one."""
    watch = Watch(settle_s=10, provisional_s=1)
    calls, judged = 0, set[str]()
    for tick in range(1_000):
        now = tick / 10
        watch.suspect([f"{tick:032x}"], now)
        due = watch.due(now, 1_000)
        watch.judged(due.final, now, settled=True)
        watch.judged(due.provisional, now, settled=False)
        calls += bool(due.final)
        judged |= set(due.final)
    assert 200 < len(judged)
    assert 50 < len(judged) / calls


def test_in_a_crowd_only_what_looks_new_is_judged_provisionally() -> None:
    """The first of a kind is told at once; its likes wait for the final verdict."""
    watch = Watch(settle_s=10, provisional_s=1)
    watch.suspect([f"{number:032x}" for number in range(100, 200)], 0)
    first = watch.due(1, 1_000).provisional
    watch.judged(first, 1, settled=False)
    watch.suspect([T1, T2], 2, strangers={T2})
    assert 40 == len(first)
    assert (T2,) == watch.due(3, 1_000).provisional


def test_a_full_batch_waits_for_nobody() -> None:
    """A flood is judged as fast as it comes."""
    watch = Watch(settle_s=10, provisional_s=1)
    watch.suspect([f"{number:032x}" for number in range(1_000)], 0)
    assert 500 == len(watch.due(10, 500).final)


def test_the_oldest_row_of_a_batch_is_known() -> None:
    """Also of a trace that is opened again."""
    watch = Watch(settle_s=10, provisional_s=1)
    watch.suspect([T1], 0, since_ns=70)
    watch.arrived([T1], 1, since_ns=50)
    watch.arrived([T1], 2, since_ns=60)
    assert 50 == watch.due(12, 10).since_ns
    watch.judged([T1], 12, settled=True)
    watch.arrived([T1], 100, since_ns=90)
    assert 50 == watch.due(101, 10).since_ns


def test_a_kind_of_failure_is_new_once() -> None:
    """Until it was not seen for a minute."""
    novelty = Novelty()
    first = {"spans": spans(1, 1, status_code=2, span_name="pay")}
    same = {"spans": spans(2, 1, status_code=2, span_name="pay")}
    other = {"spans": spans(3, 1, status_code=2, span_name="ship"), "access": table("access", [])}
    fine = {"spans": spans(4, 1, span_name="look")}
    found = [novelty.strangers(rows, now) for rows, now in ((first, 0), (same, 1), (other, 2), (fine, 3), (same, 99))]
    assert [{T1}, set(), {f"{3:032x}"}, set(), {T2}] == found


def test_how_far_back_late_rows_go_is_known_after_half_a_minute() -> None:
    """Before that, and where rows have no time, everything may be of any age."""
    reach = Reach(0)

    def commit(start_ns: int) -> dict[str, pa.Table]:
        return {"spans": table("spans", [{"trace_id": T1, "start_time": start_ns}, {"trace_id": T1, "start_time": 0}])}

    told = [reach.since_ns(commit(ns), now) for ns, now in ((500, 3), (900, 10), (800, 34), (700, 60), (0, 61))]
    assert [0, 0, 800, 700, 700] == told


class Recorder:
    """A settler that notes its calls; `poison` is a trace that it cannot judge."""

    def __init__(self, poison: str = "") -> None:
        self.calls: list[tuple[tuple[str, ...], bool]] = []
        self.poison = poison
        self.called = threading.Event()

    def __call__(
        self,
        store: DuckDBStore,
        trace_ids: Sequence[str] | None,
        since_ns: int = 0,
        provisional: Collection[str] = frozenset(),
    ) -> None:
        """Note one call: what it judged for good, and what for the time being."""
        assert trace_ids is not None
        if self.poison in trace_ids:
            raise RuntimeError("this trace cannot be judged")
        for settled in (True, False):
            told = tuple(sorted(one for one in trace_ids if (one not in provisional) == settled))
            if told:
                self.calls.append((told, settled))
        self.called.set()

    @property
    def judged(self) -> set[str]:
        """Return the traces judged for good."""
        return {trace_id for trace_ids, settled in list(self.calls) if settled for trace_id in trace_ids}

    def wait_for(self, call: tuple[tuple[str, ...], bool]) -> None:
        """Return when this call was made."""
        give_up_at = time.monotonic() + 20
        while call not in self.calls:
            assert time.monotonic() < give_up_at, self.calls
            self.called.wait(0.05)


@pytest.fixture
def store(tmp_path: Path) -> DuckDBStore:
    return DuckDBStore(tmp_path / "one.duckdb", writable=True)


def test_the_thread_judges_what_the_writer_tells(store: DuckDBStore) -> None:
    """First for the time being, then for good, then again after a late span."""
    recorder = Recorder()
    settler = Settler(store, {"recorder": recorder}, settle_s=0.6, provisional_s=0.1)
    writer = Writer(store, listener=settler.notice)
    writer.submit({"spans": spans(1, 2)}, frozenset({T1})).result()
    recorder.wait_for(((T1,), False))
    recorder.wait_for(((T1,), True))
    recorder.calls.clear()
    late = table("spans", [{"trace_id": T1, "span_id": "f" * 16}])
    writer.submit({"spans": late}).result()
    recorder.wait_for(((T1,), True))
    writer.close()
    settler.close()
    store.close()


def test_one_trace_that_cannot_be_judged_keeps_no_other_waiting(
    store: DuckDBStore, caplog: pytest.LogCaptureFixture
) -> None:
    """The others get their verdict; the failure is logged once."""
    recorder = Recorder(poison=T2)
    settler = Settler(store, {"recorder": recorder}, settle_s=0.2, provisional_s=0.0)
    settler.notice({}, frozenset({T1, T2, f"{3:032x}"}))
    give_up_at = time.monotonic() + 20
    while recorder.judged != {T1, f"{3:032x}"}:
        assert time.monotonic() < give_up_at, recorder.calls
        time.sleep(0.05)
    # Long enough for a second attempt at the one that fails.
    time.sleep(1.5)
    settler.close()
    store.close()
    assert {T1, f"{3:032x}"} == recorder.judged
    assert 1 == sum("failed, tried again" in record.message for record in caplog.records)


def test_what_was_left_open_is_picked_up_by_the_next_start(store: DuckDBStore) -> None:
    """A suspect never judged, and a verdict never settled; nothing that is healthy or done."""
    writer = Writer(store)
    writer.submit({"spans": spans(1, 1, http_response_status_code=500)}).result()
    writer.submit({"spans": spans(2, 3, http_response_status_code=404)}).result()
    writer.submit({"spans": spans(5, 1, status_code=2)}).result()
    writer.submit({"exceptions": table("exceptions", [{"exception_id": "1" * 16, "trace_id": f"{6:032x}"}])}).result()
    writer.close()
    verdicts = [
        {"trace_id": f"{5:032x}", "settled": True, "judged_at": 2},
        {"trace_id": f"{5:032x}", "settled": False, "judged_at": 1},
        {"trace_id": f"{7:032x}", "settled": False, "judged_at": 2},
    ]
    store.write({"verdict_revisions": table("verdict_revisions", verdicts)})
    recorder = Recorder()
    settler = Settler(store, {"recorder": recorder}, settle_s=0.1, provisional_s=60)
    recorder.wait_for(((T1, f"{7:032x}"), True))
    settler.close()
    store.close()


def test_a_line_without_a_trace_has_its_request_judged(store: DuckDBStore) -> None:
    """An answer that broke off after a good status is judged by its error line alone; a late line opens a judged trace."""
    recorder = Recorder()
    settler = Settler(store, {"recorder": recorder}, settle_s=0.3, provisional_s=60)
    writer = Writer(store, listener=settler.notice)
    same = {"service_name": "nginx", "process_pid": 7, "start_time": START_NS, "duration_ns": 10**9, "completed": True}
    lines = [
        {**same, "access_id": "1" * 16, "trace_id": T1, "connection_id": "11", "http_response_status_code": 200},
        {**same, "access_id": "2" * 16, "trace_id": T2, "connection_id": "12", "http_response_status_code": 502},
        {
            **same,
            "access_id": "3" * 16,
            "trace_id": f"{3:032x}",
            "connection_id": "13",
            "http_response_status_code": 404,
        },
    ]
    writer.submit({"access": table("access", lines)}, frozenset({T2})).result()
    recorder.wait_for(((T2,), True))
    recorder.calls.clear()
    error = {
        "format": "nginx_error",
        "service_name": "nginx",
        "process_pid": 7,
        "severity_number": 17,
        "time": START_NS,
    }
    told = [
        {**error, "log_id": "a" * 16, "connection_id": "11", "body": "upstream reset while reading upstream"},
        {**error, "log_id": "b" * 16, "connection_id": "12", "body": "connect() failed"},
        {**error, "log_id": "c" * 16, "connection_id": "13", "body": "open() failed"},
        {
            **error,
            "log_id": "d" * 16,
            "connection_id": "11",
            "time": START_NS + 60 * 10**9,
            "body": "while reading upstream",
        },
    ]
    writer.submit({"logs": table("logs", told)}).result()
    recorder.wait_for(((T1, T2), True))
    writer.close()
    settler.close()
    store.close()
    assert {T1, T2} == recorder.judged
