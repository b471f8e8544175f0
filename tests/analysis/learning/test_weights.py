"""Weights: those of this version, and others that a user names."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from culpa.analysis.judgement.weigh import weights
from culpa.analysis.pipeline.rules import rules, rules_version
from culpa.analysis.pipeline.weights_file import BadWeights
from culpa.store import DuckDBStore

CULPA = [sys.executable, "-m", "culpa.instrumentation.cli"]


def test_shipped_weights_know_only_rules_that_exist() -> None:
    """A rule that was removed has no weight left; every rule has one, its own or that of its kind."""
    from training.weights_toml import SHIPPED

    table = tomllib.loads(SHIPPED.read_text("utf-8"))
    assert set() == set(table["rules"]) - {rule.name for rule in rules()}
    assert {rule.name for rule in rules()} == set(weights().log_odds)


def test_the_shipped_calibration_rises_and_is_never_certain() -> None:
    """No confidence of this version reaches 0.98."""
    curve = weights().calibration
    assert curve.slope > 0
    assert curve.ceiling < 0.98 or curve.ceiling == 1.0  # 1.0: not learnt yet


def test_writing_and_reading_weights_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `make train` writes is what the engine reads, and a second writing changes nothing."""
    from training.weights_toml import priors, write

    place = tmp_path / "weights.toml"
    assert write(weights(), priors(), place)
    assert not write(weights(), priors(), place)
    before, version = weights(), rules_version()
    monkeypatch.setenv("CULPA_WEIGHTS", str(place))
    assert before == weights()
    place_of_others = tmp_path / "others.toml"
    place_of_others.write_text(place.read_text("utf-8").replace("slope", "#\nslope"), "utf-8")
    monkeypatch.setenv("CULPA_WEIGHTS", str(place_of_others))
    assert version != rules_version()


@pytest.mark.parametrize("text", ["rules", "[rules]\n", "[kinds]\ndirect = 1.0\n[rules]\nqueued = 'much'\n"])
def test_a_file_that_holds_no_weights_is_told(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the file and what it needs."""
    place = tmp_path / "bad.toml"
    place.write_text(text, "utf-8")
    monkeypatch.setenv("CULPA_WEIGHTS", str(place))
    with pytest.raises(BadWeights, match=r"bad\.toml holds no weights"):
        weights()


def test_ingest_judges_by_the_weights_it_is_given(tmp_path: Path) -> None:
    """With every rule at nothing, no verdict names a cause; without the option it does."""
    from training.corpus import recordings

    flat = tmp_path / "flat.toml"
    kinds = sorted({rule.kind for rule in rules()})
    flat.write_text("[kinds]\n" + "".join(f"{kind} = 0.0\n" for kind in kinds) + "[rules]\n", "utf-8")
    recording = next(one for one in recordings() if one.name == "fastapi-db/asyncpg_unique")
    causes = [
        _cause(recording.files(), tmp_path / f"{name}.duckdb", options)
        for name, options in (("flat", ["--weights", str(flat)]), ("learnt", []))
    ]
    assert ["unknown", "app.constraint_violation"] == causes


def _cause(files: list[Path], segment: Path, options: list[str]) -> str:
    command = [*CULPA, "ingest", *map(str, files), "--db", str(segment), *options]
    environment = {name: value for name, value in os.environ.items() if name != "CULPA_WEIGHTS"}
    subprocess.run(command, check=True, capture_output=True, env=environment, timeout=120)
    with DuckDBStore(segment) as store:
        return str(store.query("select cause from verdicts").to_pylist()[0]["cause"])
