"""A Parquet folder is opened as a store: the same questions get the answers that they get of the same telemetry in a file."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from culpa.analysis import open as open_session
from culpa.instrumentation.cli import main
from culpa.store import QueryRefused, StoreRefused

from ...alarms.conftest import wait_for
from ..clickhouse.made import EARLIER, FAILED, LATELY, SAMPLED, Request, write
from .conftest import Judge, fill, verdicts


def test_questions_get_the_answers_of_the_same_telemetry_in_a_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told = write(tmp_path / "otlp.jsonl", [*LATELY, SAMPLED, EARLIER])
    assert 0 == main(["ingest", str(told), "--db", str(tmp_path / "here.duckdb"), "--quiet"])
    # One file for each request: files are many, and each holds a part.
    for number, one in enumerate([*LATELY, SAMPLED, EARLIER]):
        fill(tmp_path / "there", write(tmp_path / f"{number}.jsonl", [one]))
    with open_session(tmp_path / "here.duckdb") as here, open_session(f"parquet://{tmp_path / 'there'}") as there:
        assert here.verdicts(since="1h").json() == there.verdicts().json()
        assert sorted(FAILED) == sorted(one["trace_id"] for one in there.verdicts().json())
        [expected] = [one for one in here.problems().json() if one["routes"] == ["/orders"]]
        [problem] = there.problems().json()
        # Of three that failed, those that did not since the first one, and one that stands for four.
        assert (pytest.approx(expected["share"], abs=0.03), 3) == (problem["share"], problem["requests"])
        assert expected == problem | {"share": expected["share"]}
        assert expected["share"] < 0.3
        count = "select count(*) as n from spans where http_response_status_code = 500"
        assert [{"n": 3}] == there.sql(count).json()
        [explained], [found] = here.explain(FAILED[1]).json(), there.explain(FAILED[1]).json()
        assert explained | {"problem": None} == found | {"problem": None}
        assert explained["twin"]
        healthy = LATELY[0].trace_id
        assert here.explain(healthy).json() == there.explain(healthy).json()
        assert here.verdicts(since="6h").json() == there.verdicts(since="6h").json()
        with pytest.raises(LookupError):
            there.explain("f" * 32)
        with pytest.raises(QueryRefused):
            there.sql("delete from spans")
    assert 1 == caplog.text.count("read is what failed since")


def test_what_is_written_later_is_seen(tmp_path: Path, judge: Judge) -> None:
    for number, known in ((1, 0), (2, 1)):
        fill(tmp_path / "there", write(tmp_path / "otlp.jsonl", [Request(number, time.time_ns(), is_failed=True)]))
        status, said = judge(tmp_path / "there", "--since", "10m")
        assert (0, True) == (status, f"1 judged, {known} known already" in said), said


def test_a_beginning_of_an_id_is_enough(tmp_path: Path) -> None:
    told = write(tmp_path / "otlp.jsonl", [Request(1, time.time_ns(), is_failed=True)])
    told.write_text(told.read_text().replace("0" * 31 + "1", "abcdef01" * 4))
    fill(tmp_path / "there", told)
    with open_session(f"parquet://{tmp_path / 'there'}") as there:
        [found] = there.explain("abcdef01").json()
    assert "abcdef01" * 4 == found["verdict"]["trace_id"]


def test_the_address_says_since_when(tmp_path: Path) -> None:
    fill(tmp_path / "there", write(tmp_path / "otlp.jsonl", [EARLIER]))
    for since, expected in (("", []), ("?since=6h", [EARLIER.trace_id])):
        with open_session(f"parquet://{tmp_path / 'there'}{since}") as there:
            assert expected == [one["trace_id"] for one in there.verdicts().json()]


def test_what_is_too_much_for_a_look_is_refused(tmp_path: Path, judge: Judge) -> None:
    some = [Request(n + 1, time.time_ns() - n * 1_000_000, is_failed=True) for n in range(2_001)]
    fill(tmp_path / "there", write(tmp_path / "otlp.jsonl", some))
    with open_session(f"parquet://{tmp_path / 'there'}") as there, pytest.raises(StoreRefused) as refused:
        there.verdicts()
    assert "ask for less with --since, or `culpa judge --store parquet://… --into FILE`" in str(refused.value)


def test_nothing_is_written_there(tmp_path: Path, judge: Judge) -> None:
    fill(tmp_path / "there", write(tmp_path / "otlp.jsonl", LATELY))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.joinpath("there").rglob("*")}
    status, said = judge(tmp_path / "there", "--write", "--yes")
    assert (2, True) == (status, "leave out --write: --into FILE keeps them" in said), said
    assert 0 == judge(tmp_path / "there")[0]
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.joinpath("there").rglob("*")}


def test_a_judge_follows_what_is_written(tmp_path: Path) -> None:
    there, log = tmp_path / "there", tmp_path / "log"
    fill(there, write(tmp_path / "otlp.jsonl", [Request(1, time.time_ns(), is_failed=True)]))
    command = [sys.executable, "-m", "culpa.instrumentation.cli", "judge", "--follow"]
    command += ["--store", f"parquet://{there}", "--into", str(tmp_path / "judged.duckdb")]
    with log.open("wb") as said, subprocess.Popen(command, stdout=said, stderr=said) as judging:
        try:
            wait_for(lambda: "1 judged, 0 known already" in log.read_text())
            fill(there, write(tmp_path / "otlp.jsonl", [Request(2, time.time_ns(), is_failed=True)]))
            wait_for(lambda: "1 judged, 1 known already" in log.read_text())
        finally:
            judging.send_signal(signal.SIGINT)
    assert [f"{number:032x}" for number in (1, 2)] == [one["trace_id"] for one in verdicts(tmp_path / "judged.duckdb")]
