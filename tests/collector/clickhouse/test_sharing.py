"""Several judges share the work by trace id, take over what another left, and leave one row for each request."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pytest

from culpa.collector.abroad.shares import Due, Mark, Share, owner
from culpa.instrumentation.cli import main

from .conftest import ChDB

_S = 1_000_000_000
_MARKS = (
    "select count(), countDistinct(trace_id), countIf(closed), (select count() from culpa_verdicts), "
    "(select countDistinct(trace_id) from culpa_verdicts) from culpa_judged where trace_id in ({})"
)
_PROBLEMS = "select count(), sum(requests), any(state) from culpa_problems final"
_ROWS = "select request_span_id, withdrawn from culpa_verdicts final where trace_id = '{}' order by all"


def _of(judge: int, wanted: int) -> list[int]:
    """Return numbers of failures that are the share of a judge of two."""
    return [number for number in range(1, 60) if owner(f"{number:016x}" * 2, 2) == judge][:wanted]


def _quoted(numbers: Sequence[int]) -> str:
    return ", ".join(f"'{number:016x}{number:016x}'" for number in numbers)


def test_what_a_dead_judge_left_is_taken_over_and_nothing_is_judged_twice(
    chdb: ChDB, one_failure: Callable[[int, int], Path], tmp_path: Path
) -> None:
    now = time.time_ns()
    fresh_mine, fresh_other, old_other = _of(1, 3), _of(2, 2), _of(2, 4)[2:]
    fresh = [one_failure(number, now - 30 * _S) for number in fresh_mine + fresh_other]
    chdb.fill("map-new-logs", *fresh, *(one_failure(number, now - 900 * _S) for number in old_other))
    first = ("--into", tmp_path / "first.duckdb", "--write", "--yes", "--share", "1/2")
    second = ("--into", tmp_path / "second.duckdb", "--write", "--share", "2/2")
    said = chdb.judge_in_turn(first, second, first, second)
    # The other judge has not judged in a quarter of an hour: what is old goes to the first one too.
    assert [f"{n} judged" in one for n, one in zip((5, 2, 0, 0), said, strict=True)] == [True] * 4, said
    everything = [*fresh_mine, *fresh_other, *old_other]
    expected = f"{len(everything)}\t{len(everything)}"
    assert f"{expected}\t{len(old_other)}\t{expected}" == chdb.sql(_MARKS.format(_quoted(everything))).strip()

    assert f"1\t{len(everything)}\tnew" == chdb.sql(_PROBLEMS).strip()

    # The second judge died after its first look at a trace, before a span came late; what it wrote of it is no request.
    [late] = old_other[:1]
    trace_id, span_id = f"{late:016x}" * 2, f"{late:016x}"
    chdb.sql(
        "insert into culpa_judged select * replace(false as closed, 0 as rows, now64(9) as judged_at) "
        f"from culpa_judged where trace_id = '{trace_id}'"
    )
    chdb.sql(
        "insert into culpa_verdicts select * replace('feedfeedfeedfeed' as request_span_id) "
        f"from culpa_verdicts where trace_id = '{trace_id}'"
    )
    # A judge that lost its file fetches nothing that is closed, and judges nothing that stands.
    lost = ("--into", tmp_path / "third.duckdb", "--write", "--share", "2/2")
    said = chdb.judge_in_turn(first, lost)
    assert [True, True] == ["1 judged" in said[0], "0 judged" in said[1]], said
    assert f"{span_id}\tfalse\nfeedfeedfeedfeed\ttrue\n" == chdb.sql(_ROWS.format(trace_id))
    assert f"1\t{len(everything)}\tnew" == chdb.sql(_PROBLEMS).strip()
    with duckdb.connect(str(tmp_path / "third.duckdb"), read_only=True) as store:
        assert [(0,)] == store.execute("select count(*) from spans").fetchall()


def test_each_trace_is_one_judges_and_what_that_one_leaves_is_spread_over_all_others() -> None:
    shares = [Share(number, 5) for number in range(1, 6)]
    trace_ids = [f"{number:032x}" for number in range(2_000)]
    ranks = [[share.rank(trace_id) for share in shares] for trace_id in trace_ids]
    assert all([0, 1, 2, 3, 4] == sorted(of_trace) for of_trace in ranks)
    seconds = [of_trace.index(1) for of_trace in ranks if of_trace[0] == 0]
    assert {0: True} | dict.fromkeys((1, 2, 3, 4), True) == {
        judge: 60 < seconds.count(judge) < 140 if judge else len(seconds) > 300 for judge in range(5)
    }


def test_a_closed_trace_is_nobodys_work_and_an_open_one_its_first_judges() -> None:
    class Seen:
        trace_id = "aa" * 16
        last_ns = 1_000 * _S

    first, second = sorted((Share(1, 2), Share(2, 2)), key=lambda share: share.rank(Seen.trace_id))
    is_open, is_closed = Mark(3, is_closed=False), Mark(3, is_closed=True)
    found = [
        [share.due(Seen(), mark, (1_000 + age_s) * _S) for age_s in (0, 119, 120, 239, 240)]
        for share in (first, second)
        for mark in (None, is_open, is_closed)
    ]
    nothing, check, judge = Due.NOTHING, Due.CHECK, Due.JUDGE
    assert [
        [judge] * 5,
        [check] * 5,
        [nothing] * 5,
        [nothing, nothing, judge, judge, judge],
        [nothing, nothing, nothing, nothing, check],
        [nothing] * 5,
    ] == found


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--share", "3/2", "--write"], "write 2/3 for the second of three"),
        (["--share", "1/2"], "--share needs --write"),
    ],
)
def test_what_is_no_share_is_refused(options: list[str], said: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert 2 == main(["judge", "--store", "clickhouse://reader@127.0.0.1:1/otel", *options])
    assert said in capfd.readouterr().err
