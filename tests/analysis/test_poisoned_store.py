"""One trace that cannot be judged, or was stored with impossible times, costs no other its verdict."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sweeps import some

import culpa.analysis.settle as settling
from culpa.store import DuckDBStore, StoreFull

_LAST = 2**63 - 2
_RELATIONS = {
    "spans": "start_time",
    "access": "start_time",
    "logs": "time",
    "exceptions": "time",
    "resources": "first_seen",
}


def _poison(store: DuckDBStore, time_ns: int, duration_ns: int) -> None:
    """Add rows of another failed trace as an older version stored them: copies of the scene's, moved."""
    trace, span, when = "f" * 32, "f" * 16, f"make_timestamp_ns({time_ns})"
    timed = f"{when} as start_time, {duration_ns} as duration_ns"
    changes = {
        "spans": f"'{trace}' as trace_id, '{span}' as span_id, {timed}",
        "access": f"'{trace}' as trace_id, '{span}' as span_id, '{span}' as access_id, {timed}",
        # Of no trace: a line that may be joined to any.
        "logs": f"'{span}' as log_id, {when} as \"time\", {when} as observed_time",
        "exceptions": f"'{trace}' as trace_id, '{span}' as span_id, '{span}' as exception_id, {when} as \"time\"",
    }
    with store.transaction() as cursor:
        cursor.execute("use segment")
        # Its relations were made by another version, so that they are made anew when it is opened.
        cursor.execute("delete from data.segment_meta where key = 'ddl'")
        for table, change in changes.items():
            [(before,)] = cursor.execute(f"select count(*) from data.{table}").fetchall()
            assert before, table
            cursor.execute(f"insert into data.{table} select * replace ({change}) from data.{table} limit 1")


@pytest.mark.parametrize(
    ("time_ns", "duration_ns"),
    some([(_LAST, 2**62), (_LAST, 0), (0, 2**63 - 1), (2**62, -(2**62)), (-(2**62), 5), (_LAST - 10**9, 2**63 - 1)], 2),
)
def test_a_store_with_impossible_times_is_judged_and_explained(
    scene: Any, command: Any, time_ns: int, duration_ns: int
) -> None:
    """Old stores hold times up to 2262; sums of those overflowed, and nothing at all was judged."""
    scene.raises(scene.server("checkout", 500), "KeyError", "'id'")
    scene.access(500)
    scene.error_line("upstream prematurely closed connection while reading upstream")
    assert scene.verdicts()
    where = str(scene.store.path)
    _poison(scene.store, time_ns, duration_ns)
    with scene.store.transaction() as cursor:
        cursor.execute("delete from segment.data.verdict_revisions")
    scene.store.close()
    done = command("judge", "--again", "--store", where)
    assert (0, True) == (done.returncode, "traces judged" in done.stderr), done.stderr
    listed = json.loads(command("verdicts", "--json", "--store", where).stdout)
    assert scene.trace in [row["trace_id"] for row in listed]
    for row in listed:
        told = command("explain", row["trace_id"], "--store", where)
        assert 0 == told.returncode, told.stderr
    for relation in ("spans", "access", "logs", "exceptions", "resources", "problems", "changes", "verdicts"):
        asked = command("sql", f"select * from {relation}", "--store", where)
        assert 0 == asked.returncode, (relation, asked.stderr)


def _failing(bad: str, real: Callable[..., None]) -> Callable[..., None]:
    def settle(store: DuckDBStore, trace_ids: list[str], since_ns: int) -> None:
        if bad in trace_ids:
            raise RuntimeError("cannot")
        real(store, trace_ids, since_ns)

    return settle


def test_a_trace_that_cannot_be_judged_costs_only_itself(
    scene: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The batch is cut in halves until it stands alone, and it is told of."""
    scene.server("checkout", 500)
    scene.verdict()
    ids = [scene.trace, *(f"{number:032x}" for number in range(50, 150))]
    monkeypatch.setattr(settling, "_settle", _failing(ids[60], settling._settle))
    with scene.store.transaction() as cursor:
        cursor.execute("delete from segment.data.verdict_revisions")
    with caplog.at_level(logging.ERROR):
        settling.settle_each(scene.store, ids)
    assert 1 == scene.store.query("select count(*) as n from verdicts").to_pylist()[0]["n"]
    assert [f"trace {ids[60]} cannot be judged and stays without a verdict: cannot"] == caplog.messages


def test_where_nothing_can_be_judged_that_is_an_error(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that is wrong for all must not look like a store without failures."""
    scene.server("checkout", 500)
    scene.verdict()

    def fail(*_: object) -> None:
        raise RuntimeError("cannot")

    monkeypatch.setattr(settling, "_settle", fail)
    with pytest.raises(RuntimeError, match="cannot"):
        settling.settle_each(scene.store, [f"{number:032x}" for number in range(9)])


def test_a_full_disk_is_no_matter_of_one_trace(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told at once."""
    calls: list[int] = []

    def fail(*_: object) -> None:
        calls.append(1)
        raise StoreFull("no space")

    monkeypatch.setattr(settling, "_settle", fail)
    with pytest.raises(StoreFull):
        settling.settle_each(scene.store, ["a", "b"])
    assert [1] == calls


def test_an_ingest_of_a_span_dated_far_ahead_is_judged(tmp_path: Path, command: Any) -> None:
    """It left a whole `culpa ingest` without a verdict."""
    lines: list[str] = []
    for number, at in enumerate((1_795_334_733 * 10**9, _LAST, 2**63, 2**64 - 1, 1_795_334_734 * 10**9), 1):
        span = {
            "traceId": f"{number:032x}", "spanId": f"{number:016x}", "name": "GET /a", "kind": 2,
            "startTimeUnixNano": str(at), "endTimeUnixNano": str(min(at + 10**9, 2**64 - 1)), "status": {"code": 2},
            "attributes": [{"key": "http.response.status_code", "value": {"intValue": "500"}}],
        }  # fmt: skip
        lines.append(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}))
    (tmp_path / "x.jsonl").write_text("\n".join(lines) + "\n")
    done = command("ingest", str(tmp_path / "x.jsonl"), "--db", str(tmp_path / "s.duckdb"))
    assert (0, True) == (done.returncode, "5 failures judged" in done.stderr), done.stderr
