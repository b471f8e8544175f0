"""Runs of Go and Java apps in the lab, recorded: judged without a Go, a JDK, or any server."""

import json
import sys
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1]))

from culpa.collector.commands.ingest import command
from lab.judge import by_trace, verdicts

WORLDS = Path(__file__).parents[1] / "worlds.tar.gz"
with tarfile.open(WORLDS) as archive:
    RUNS = sorted({name.partition("/")[0] for name in archive.getnames()})


@pytest.mark.timeout(300)
@pytest.mark.parametrize("run", RUNS)
def test_what_was_injected_is_what_culpa_names(run: str, tmp_path: Path) -> None:
    """At least 97 % of the requests, none wrong with confidence, nothing healthy called a failure."""
    with tarfile.open(WORLDS) as archive:
        archive.extractall(tmp_path, [one for one in archive if one.name.startswith(f"{run}/")], filter="data")
    expected = json.loads((tmp_path / run / "expected.json").read_text())
    (tmp_path / run / "expected.json").unlink()
    done = CliRunner().invoke(command, [str(tmp_path / run), "--db", str(tmp_path / "db.duckdb"), "--quiet"])
    assert (0, "") == (done.exit_code, done.stderr)
    found = by_trace(verdicts(str(tmp_path / "db.duckdb")))
    wrong = []
    for row in expected:
        got = found.get(row["trace_id"])
        said = (got["cause"], got["component"]) if got else ("", "")
        if said[0] != row["cause"] or (said[0] not in ("", "unknown") and said[1] not in row["components"]):
            wrong.append((row["cell"], row["cause"], *said, got["confidence"] if got else 0.0))
    sure = [one for one in wrong if one[2] != "unknown" and one[4] >= 0.8]
    assert ([], []) == (sure, [one for one in wrong if not one[1]])
    assert len(wrong) <= 0.03 * len(expected), "\n".join(map(str, wrong))
