"""A ClickHouse is opened as a store: the same questions get the answers that they get of the same telemetry in a file."""

import json
from pathlib import Path
from typing import Any

import pytest

from culpa.analysis import open as open_session
from culpa.instrumentation.cli import main

from .conftest import ChDB
from .made import EARLIER, FAILED, LATELY, SAMPLED, write

_ASKED: list[tuple[str, list[str], dict[str, str]]] = [
    ("verdicts", [], {}),
    ("problems", [], {}),
    (
        "sql",
        ["select count(*) as n, count(distinct trace_id) as traces from spans where http_response_status_code = 500"],
        {},
    ),
    ("sql", ["select trace_id, origin_message from exceptions where trace_id = $id"], {"id": FAILED[0]}),
    ("explain", [FAILED[1]], {}),
    ("explain", [LATELY[0].trace_id], {}),
    ("verdicts", [], {"since": "6h"}),
    ("explain", ["f" * 32], {}),
    ("sql", ["delete from spans"], {}),
]


def _ask(chdb: ChDB, questions: list[tuple[str, list[str], dict[str, str]]]) -> tuple[list[Any], str]:
    ran = chdb.python(Path(__file__).with_name("ask.py"), chdb.address, given=json.dumps(questions))
    return json.loads(ran.stdout), ran.stderr


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """Return the telemetry as a file."""
    return write(tmp_path / "otlp.jsonl", [*LATELY, SAMPLED, EARLIER])


@pytest.mark.parametrize("is_judged", [False, True], ids=["judged at the look", "judged there"])
def test_questions_get_the_answers_of_the_same_telemetry_in_a_file(
    chdb: ChDB, told: Path, tmp_path: Path, *, is_judged: bool
) -> None:
    chdb.fill("map-new-logs", told)
    if is_judged:
        assert 0 == chdb.judge(tmp_path / "judged.duckdb", "--write", "--yes", "--since", "1d").returncode
    assert 0 == main(["ingest", str(told), "--db", str(tmp_path / "here.duckdb"), "--quiet"])
    answers, said = _ask(chdb, _ASKED)
    verdicts, problems, spans, exceptions, failed, healthy, earlier, unknown, refused = answers
    with open_session(tmp_path / "here.duckdb") as here:
        assert here.verdicts(since="1h").json() == verdicts
        assert here.verdicts(since="6h").json() == earlier
        [expected] = [one for one in here.problems().json() if one["routes"] == ["/orders"]]
        [explained] = here.explain(FAILED[1]).json()
        assert [explained | {"problem": None}] == [one | {"problem": None} for one in failed]
        assert explained["twin"]
        assert here.explain(LATELY[0].trace_id).json() == healthy
    assert sorted(FAILED) == sorted(one["trace_id"] for one in verdicts)
    [problem] = problems
    assert expected == problem | {"share": expected["share"]}
    # Of three that failed, those that did not since the first one, and one that stands for four.
    assert (pytest.approx(expected["share"], abs=0.03), 3) == (problem["share"], problem["requests"])
    assert expected["share"] < 0.3
    assert [{"n": 3, "traces": 3}] == spans
    assert [{"trace_id": FAILED[0], "origin_message": "no such order"}] == exceptions
    assert "NoSuchTrace: no trace and no problem ffff" in unknown
    assert refused.startswith("QueryRefused: ")
    assert 1 == said.count("read is what failed since")
    assert "?since=1d in the address, reads more; requests that did not fail stay there" in said
