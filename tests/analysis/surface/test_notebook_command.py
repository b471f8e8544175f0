"""A command in a cell: what it says is seen while it works."""

from pathlib import Path

import pytest

from culpa.notebook import CommandFailed, command


def test_a_command_prints_what_it_says(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its answer and its talk."""
    command("sql", "select count(*) as failed from verdicts", "--store", sample)
    printed = [line.strip() for line in capsys.readouterr().out.splitlines()]
    # On a busy machine it says how long it has taken.
    told = [line for line in printed if "─" not in line and not line.startswith("culpa sql: ")]
    assert ["failed", "8", "1 row"] == told


def test_a_command_that_takes_long_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a while, and again after twice that."""
    monkeypatch.setattr("culpa.notebook.running._FIRST_SIGN_S", 0.05)
    log = tmp_path / "access.log"
    log.write_text('1.2.3.4 - - [22/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 502 12 "-" "-"\n')
    command("ingest", log, "--db", tmp_path / "c.duckdb", "--quiet")
    lines = capsys.readouterr().out.splitlines()
    assert lines and {"culpa ingest"} == {line.partition(":")[0] for line in lines}


def test_a_command_that_fails_raises(capsys: pytest.CaptureFixture[str]) -> None:
    """The error names the command; why stands above it."""
    with pytest.raises(CommandFailed, match="culpa verdicts --store /nowhere ended with status 2"):
        command("verdicts", "--store", "/nowhere")
    assert "no store at /nowhere" in capsys.readouterr().out
