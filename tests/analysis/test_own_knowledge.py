"""A user teaches culpa words and codes of their own, in a folder."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from culpa.analysis.commands.sayings import command
from culpa.instrumentation.cli import main

MINE = """
[[saying]]
about = "upstream"
means = "upstream.rate_limited"
words = '''no tokens left'''
samples = ['''acme.Error: no tokens left''']
"""
CODES = "system\tcause\tcodes\npostgresql\tdatabase.disk_full\tACME1\n*\tdatabase.busy\t40001\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that holds one saying and two codes, one of which has another meaning by itself."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "mine.toml").write_text(MINE)
    (own / "codes.tsv").write_text(CODES)
    return own


def _fails(scene: Any, text: str, **columns: Any) -> None:
    entry = scene.server("shop", 500)
    scene.call("shop", entry, at=1, lasts=7, name="call", status_message=text, **columns)


@pytest.mark.parametrize("is_taught", [False, True])
def test_an_own_saying_comes_before_ours(
    scene: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, is_taught: bool
) -> None:
    """What it says is a connection that was refused, but for who knows better."""
    if is_taught:
        monkeypatch.setenv("CULPA_KNOWLEDGE", str(folder))
    _fails(scene, "connection refused: no tokens left", url_full="http://acme.example/pay")
    assert ("upstream.rate_limited" if is_taught else "upstream.unreachable") == scene.verdict()["cause"]


@pytest.mark.parametrize(
    ("code", "is_taught", "cause"),
    [
        ("ACME1", True, "database.disk_full"),
        ("40001", True, "database.busy"),
        ("40001", False, "database.serialization_failure"),
    ],
)
def test_an_own_code_comes_before_ours(
    scene: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, code: str, is_taught: bool, cause: str
) -> None:
    if is_taught:
        monkeypatch.setenv("CULPA_KNOWLEDGE", str(folder))
    _fails(scene, "", db_system_name="postgresql", server_address="db", db_response_status_code=code)
    assert cause == scene.verdict()["cause"]


def test_what_a_text_means_can_be_tried(folder: Path) -> None:
    """And where nothing is known, how to teach it."""
    runner = CliRunner()
    told = runner.invoke(command, ["try", "acme.Error: no tokens left"], standalone_mode=False)
    assert (1, True) == (told.return_value, 'about = "upstream"' in told.stderr)
    told = runner.invoke(command, ["try", "acme.Error: no tokens left", "--knowledge", str(folder)])
    assert ["upstream", "upstream.rate_limited", "mine:", "no", "tokens", "left"] == told.stdout.split()


def test_all_samples_are_checked_the_users_too(folder: Path, tmp_path: Path) -> None:
    runner = CliRunner()
    right = runner.invoke(command, ["check", "--knowledge", str(folder)], standalone_mode=False)
    assert 0 == right.return_value, right.output
    other = tmp_path / "other"
    other.mkdir()
    (other / "wrong.toml").write_text(MINE.replace("acme.Error: no tokens left", "acme.Error: all is well"))
    wrong = runner.invoke(command, ["check", "--knowledge", str(other)], standalone_mode=False)
    assert (1, True) == (wrong.return_value, "'acme.Error: all is well' is matched by nothing" in wrong.stdout)


def test_the_sayings_are_listed(folder: Path) -> None:
    shown = CliRunner().invoke(command, ["list", "--json", "--about", "files_used_up"])
    assert '"means":"yes"' in shown.stdout.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no toml", "is no TOML"),
        (MINE.replace("no tokens", "(no tokens"), "is no regular expression"),
        (MINE.replace("no tokens", "(?=no) tokens"), "look-around"),
        (MINE.replace("no tokens", "no (?i)tokens"), "(?i) in its middle"),
        (MINE.replace('"upstream"', '"upsteam"'), "'upsteam' is no topic"),
        (MINE.replace("words", "word"), "'word' is no key"),
        (MINE.replace("words =", "near ="), "has no pattern"),
        (MINE.replace("words =", "line ="), "'line', which is not looked at there; use stack, words"),
        (MINE.replace("upstream.rate_limited", "upstream.too_hot"), "'upstream.too_hot' is nothing that is asked"),
        (
            MINE.replace('"upstream"', '"web_line"').replace("words =", "line ="),
            "'upstream.rate_limited' is nothing that is asked about 'web_line'",
        ),
    ],
)
def test_a_saying_that_cannot_be_used_is_told_with_file_and_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    """Before anything is read, with status 2."""
    (tmp_path / "mine.toml").write_text(text)
    (tmp_path / "access.log").write_text("")
    status = main(
        ["ingest", str(tmp_path / "access.log"), "--db", str(tmp_path / "x.duckdb"), "--knowledge", str(tmp_path)]
    )
    error = capsys.readouterr().err
    assert not (tmp_path / "x.duckdb").exists()
    assert (2, True, True) == (status, told in error, "mine.toml" in error), error
