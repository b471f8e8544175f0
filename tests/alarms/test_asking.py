"""What is fetched is what the store holds of each failure now, bounded in time."""

from pathlib import Path

from culpa.alarms.asking import Asker, live
from culpa.alarms.counts import HOUR_NS, MINUTE_NS, Place, minute_of
from culpa.alarms.evaluate import Standing, evaluate
from culpa.alarms.message import message_of
from culpa.store import DuckDBStore

from .days import Days
from .scene import rule

ONE, TWO = f"1:{1:016x}", f"1:{2:016x}"
CHECKOUT = Place("/checkout", True)


def test_failures_requests_and_histories_are_counted(tmp_path: Path) -> None:
    days = Days()
    days.asked([1, 2, 3, 200], each=3)
    days.failed([1, 2, 2, 60 * 30, 60 * 24 * 20])
    with DuckDBStore(days.write(tmp_path / "store.duckdb")) as store:
        counts = live(Asker(store.query, [6 * HOUR_NS]), days.now_ns, {})
    last = minute_of(days.now_ns)
    problem = counts.problems[ONE]
    assert (3, "database", "database.deadlock") == (problem.failed(last - 60, last), problem.layer, problem.cause)
    assert 12 == counts.served(CHECKOUT, last - 60, last) == counts.served(CHECKOUT, last - 60, last, "prod/shop")
    assert days.now_ns - 60 * 24 * 20 * MINUTE_NS + 10**7 == problem.first_ns == problem.before_ns
    earlier = [one.number for one in problem.stretches if one.first_ns < days.now_ns - HOUR_NS]
    lately = [one.number for one in problem.stretches if one.first_ns > days.now_ns - HOUR_NS]
    assert ([1], 3) == (earlier, sum(lately))
    assert [True] == list(counts.asked.values())
    assert {"shop"} == set(counts.presence)


def test_sampled_requests_count_as_many_as_they_stand_for(tmp_path: Path) -> None:
    """And what that is told by is counted, too; a message says that it is an estimate."""
    days = Days()
    days.asked([1, 2, 3], each=4, one_in=2.5)
    days.failed([1, 2, 2], one_in=1.5)
    days.failed([3])
    with DuckDBStore(days.write(tmp_path / "store.duckdb")) as store:
        counts = live(Asker(store.query), days.now_ns, {})
    last = minute_of(days.now_ns)
    [failed], [served] = [one.failed for one in counts.problems[ONE].parts], counts.series(CHECKOUT)
    assert (5.5, 4) == (failed.between(last - 9, last), failed.kept.between(last - 9, last))
    assert (35.5, 16) == (served.between(last - 9, last), served.kept.between(last - 9, last))
    [event] = evaluate([rule("new"), rule("share", min_requests=16)], counts, Standing(), {}, days.now_ns)[:1]
    assert (6, True) == (event.details["failed"], event.details["is_estimate"])
    said = message_of(event, "", days.now_ns)
    assert "6 failed, 15 % of the requests of its places (estimated, as spans were sampled)" in said.text
    assert said.record()["is_estimate"]


def test_a_failure_counts_by_what_is_held_of_it_now(tmp_path: Path) -> None:
    """One that was judged anew belongs to its later problem, one that was none counts for nothing, nor does a cut answer."""
    days = Days()
    days.failed([1, 2, 3, 4])
    first, second, third, _ = list(days.rows["verdict_revisions"])
    later = {"judged_at": days.now_ns}
    days.rows["verdict_revisions"] += [
        first | later | {"fingerprint": TWO},
        second | later | {"withdrawn": True},
        third | later | {"truncated": True},
    ]
    with DuckDBStore(days.write(tmp_path / "store.duckdb")) as store:
        counts = live(Asker(store.query), days.now_ns, {})
    last = minute_of(days.now_ns)
    assert {ONE: 1, TWO: 1} == {name: one.failed(0, last) for name, one in counts.problems.items()}
    assert [1, 1] == [sum(one.number for one in problem.stretches) for problem in counts.problems.values()]


def test_a_store_without_failures_is_asked_little(tmp_path: Path) -> None:
    days = Days()
    days.asked(range(100))
    asked: list[str] = []
    with DuckDBStore(days.write(tmp_path / "store.duckdb")) as store:

        def query(sql: str, values: object) -> object:
            asked.append(sql.partition("\n")[0])
            return store.query(sql, values)  # type: ignore[arg-type]

        asker = Asker(query)  # type: ignore[arg-type]
        assert {} == live(asker, days.now_ns, {}).problems
        first = len(asked)
        live(asker, days.now_ns + 15 * 10**9, {})
    assert (3, 1) == (first, len(asked) - first)


def test_failed_requests_without_a_verdict_are_counted_where_there_must_be_one(tmp_path: Path) -> None:
    """A caller above may have made 404 of a 500; a root cannot."""
    days = Days()
    days.failed([8, 9, 10, 11])
    del days.rows["verdict_revisions"][1:]
    days.rows["spans"][2]["parent_span_id"] = "a" * 16
    with DuckDBStore(days.write(tmp_path / "store.duckdb")) as store:
        lag = live(Asker(store.query), days.now_ns, {}).lag
    assert (3, 1, 10**10 - 10**7) == (lag.failing, lag.judged, lag.lag_ns)
