"""Each recipe of docs/recipes.md is run as it stands on a recording of the notebooks."""

import contextlib
import io
import os
import re
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest

import culpa.analysis as ca
from culpa.instrumentation.cli import main

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "recipes.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.M | re.S)
#: The shop has no call that failed without its request; the question is asked all the same.
NONE_THERE = "where s.kind = 3 and s.status_code = 2"


def _of(language: str) -> list[str]:
    return [body for named, body in BLOCKS if named == language]


@pytest.fixture(scope="module")
def incident(tmp_path_factory: pytest.TempPathFactory) -> Path:
    segment = tmp_path_factory.mktemp("recipes") / "incident.duckdb"
    assert 0 == main(["ingest", str(ROOT / "notebooks/recordings/shop.tar.gz"), "--db", str(segment), "--quiet"])
    return segment


@pytest.fixture(scope="module")
def session(incident: Path) -> Any:
    with ca.open(str(incident)) as opened:
        yield opened


@pytest.mark.parametrize("query", _of("sql"))
def test_a_query_is_answered_with_rows(session: Any, query: str) -> None:
    rows = list(session.sql(query))
    assert rows or NONE_THERE in query


@pytest.mark.parametrize("line", [line for body in _of("sh") for line in body.splitlines()])
def test_a_command_ends_well_and_says_something(incident: Path, line: str) -> None:
    path = sysconfig.get_path("scripts") + os.pathsep + os.environ["PATH"]
    environ = os.environ | {"PATH": path, "CULPA_STORE": str(incident)}
    done = subprocess.run(
        ["bash", "-ec", line], cwd=incident.parent, env=environ, capture_output=True, text=True, check=False
    )
    assert 0 == done.returncode, (done.stdout, done.stderr)
    into = line.rpartition("> ")[2] if ">" in line else ""
    assert (incident.parent / into).read_text() if into else done.stdout


@pytest.mark.parametrize("body", _of("python"))
def test_what_stands_there_as_python_runs(incident: Path, body: str) -> None:
    out = io.StringIO()
    with contextlib.chdir(incident.parent), contextlib.redirect_stdout(out):
        exec(body, {})
    assert "database.timeout 19" in out.getvalue()


def test_nothing_on_the_page_is_left_out() -> None:
    """A block of another language would be run by nobody."""
    assert {"sql", "sh", "python"} == {language for language, _ in BLOCKS}
