"""Telemetry that passed a real OpenTelemetry Collector, recorded: sampled, renamed, stripped or lost. Judged without one."""

import json
import sys
import tarfile
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1]))

from culpa.collector.commands.ingest import command
from lab.judge import by_trace, verdicts
from lab.relays.again import addresses_in, heard_in
from lab.relays.passages import ALARM, FILES, MISSED, RIGHT, SURE, TROUBLES, outcome

RELAYS = Path(__file__).parents[1] / "relays.tar.gz"
PASSAGES = {passage.name: passage for passage in (*TROUBLES, *FILES)}
#: The least share of requests whose verdict is right as if nothing had been taken away; of the others culpa says that it is not sure.
RIGHT_AT_LEAST = {
    "half": 0.85,
    "old_names": 0.95,
    "underscores": 0.95,
    "own_names": 0.3,
    "private": 0.7,
    "masked": 0.85,
    "down": 0.25,
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", RIGHT_AT_LEAST)
def test_what_a_collector_does_on_the_way_makes_no_verdict_wrong_with_confidence(name: str, tmp_path: Path) -> None:
    """Nothing healthy is called a failure, no failure is missed, and most are named all the same."""
    with tarfile.open(RELAYS) as archive:
        archive.extractall(tmp_path, [one for one in archive if one.name.startswith(f"{name}/")], filter="data")
    folder = tmp_path / name
    expected = json.loads((folder / "expected.json").read_text())
    (folder / "expected.json").unlink()
    done = CliRunner().invoke(command, [str(folder), "--db", str(tmp_path / "db.duckdb"), "--quiet"])
    assert (0, "") == (done.exit_code, done.stderr)
    found = by_trace(verdicts(str(tmp_path / "db.duckdb")))
    passage, heard, addresses = (
        PASSAGES[name],
        heard_in(folder / "otlp.jsonl"),
        addresses_in(folder / "nginx-access.jsonl"),
    )
    said = {
        row["cell"]: outcome(
            passage,
            row,
            found.get(row["trace_id"]),
            is_heard=not passage.sampled or row["trace_id"] in heard,
            address=addresses.get(row["trace_id"], ""),
        )
        for row in expected
    }
    assert {} == {cell: how for cell, how in said.items() if how in (SURE, ALARM, MISSED)}
    assert RIGHT_AT_LEAST[name] * len(said) <= Counter(said.values())[RIGHT], said
