"""`culpa store salvage`: what can be read of a damaged store is in a new one, and the damaged one is as it was."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from culpa.instrumentation.cli import main
from culpa.store import DuckDBStore, open_store
from culpa.store.ledger import mark_of, wal_of

from .killed import contents, flip, is_written, killed_store

IN_FILE, IN_LOG = 16_384 * 6, 600


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store of six row groups in the file and six commits in the log."""
    folder = tmp_path_factory.mktemp("killed")
    killed_store(folder / "one.duckdb", in_file=6, in_log=0, per_commit=16_384)
    DuckDBStore(folder / "one.duckdb", writable=True).close()
    killed_store(folder / "one.duckdb", in_file=0, in_log=6, per_commit=100)
    return folder


@pytest.fixture
def segment(killed: Path, tmp_path: Path) -> Path:
    """Return a copy of it that may be damaged."""
    shutil.copytree(killed, tmp_path / "damaged")
    return tmp_path / "damaged" / "one.duckdb"


def _salvaged(segment: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, int, int, str]:
    """Return status, saved and lost rows as they are told, and what is said; look at the new store and at what is left."""
    before = contents(segment.parent)
    new = segment.parent.parent / "new"
    status = main(["store", "salvage", str(segment), str(new)])
    said = capsys.readouterr()
    assert before == contents(segment.parent)
    if status == 2:
        assert not new.exists()
        return status, 0, 0, said.err
    assert {"damaged", "new"} == {path.name for path in new.parent.iterdir()}
    _, saved, lost = next(line.split() for line in said.out.splitlines() if line.startswith("changes"))
    with DuckDBStore(new, writable=True) as store:
        found = store.query("select description as d from segment.data.changes").column("d").to_pylist()
    assert len(found) == int(saved.replace(",", ""))
    written = [text for text in found if is_written(text)]
    assert len(written) == len(set(written))
    # What could not be read is empty and told; nothing is there that was not written.
    assert {""} >= set(found) - set(written)
    assert len(found) == len(written) or "description" in said.err
    return status, int(saved.replace(",", "")), int(lost.replace(",", "")), said.err


def test_a_store_that_is_whole_is_saved_whole(segment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 0."""
    assert (0, IN_FILE + IN_LOG, 0) == _salvaged(segment, capsys)[:3]


def test_without_its_log_what_is_in_the_file_is_saved(segment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """How much the log had is known by the mark; exit status 1."""
    wal_of(segment).unlink()
    status, saved, _, said = _salvaged(segment, capsys)
    assert (1, IN_FILE) == (status, saved)
    assert "of the write-ahead log are gone" in said


def test_a_short_log_gives_all_whole_commits_before_its_end(segment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Half of the log has half of the commits, or a half more."""
    os.truncate(wal_of(segment), wal_of(segment).stat().st_size // 2)
    status, saved, _, _ = _salvaged(segment, capsys)
    assert 1 == status
    assert IN_FILE + 200 <= saved <= IN_FILE + 300


def test_a_log_that_is_spoilt_gives_all_commits_before_that(segment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """More than one bit cannot be turned back."""
    size = wal_of(segment).stat().st_size
    for at in range(size // 2, size // 2 + 50):
        flip(wal_of(segment), at, 0x55)
    status, saved, _, said = _salvaged(segment, capsys)
    assert 1 == status
    assert IN_FILE + 200 <= saved <= IN_FILE + 300
    assert "at the end of the write-ahead log cannot be read" in said


@pytest.mark.parametrize("at", [0, 3, 20, 60, -2_000])
def test_one_flipped_bit_of_the_log_is_turned_back(segment: Path, capsys: pytest.CaptureFixture[str], at: int) -> None:
    """At its start by what was noted of it, within an entry by that entry's checksum."""
    flip(wal_of(segment), at % wal_of(segment).stat().st_size, 8)
    status, saved, _, said = _salvaged(segment, capsys)
    assert (0, IN_FILE + IN_LOG) == (status, saved)
    assert "flipped bit" in said


@pytest.mark.parametrize("at", [2, 24, 4_100, 4_120, 8_200, 20_000, 970_873, 1_010_057, 1_961_993, 3_000_000])
def test_one_flipped_bit_of_the_file_is_turned_back(segment: Path, capsys: pytest.CaptureFixture[str], at: int) -> None:
    """In the headers and in rows; which bits of the catalogue are known differs between versions of the engine."""
    flip(segment, at, 16)
    status, saved, lost, said = _salvaged(segment, capsys)
    assert (0, IN_FILE + IN_LOG, 0) == (status, saved, lost)
    assert "turned back" in said


@pytest.mark.parametrize("at", [780_279, 1_378_253, 2_209_359, 3_288_967])
def test_one_flipped_bit_that_many_places_explain_is_turned_back_nowhere(
    segment: Path, capsys: pytest.CaptureFixture[str], at: int
) -> None:
    """The checksum tells little of a word's highest bits; what it covers is missing rather than wrong, and is told."""
    flip(segment, at, 16)
    status, saved, lost, said = _salvaged(segment, capsys)
    assert (1, IN_FILE + IN_LOG) == (status, saved + lost)
    assert "turned back" not in said
    assert lost or "could not be read" in said


@pytest.mark.parametrize("at", [30, 12_300, 13_000, 14_305, 14_309])
def test_a_flipped_bit_of_the_catalogue_that_some_places_explain_is_tried_until_the_store_opens(
    segment: Path, capsys: pytest.CaptureFixture[str], at: int
) -> None:
    """Without the catalogue nothing could be read. Where it is a guess, that is told."""
    flip(segment, at, 16)
    status, saved, lost, said = _salvaged(segment, capsys)
    assert (IN_FILE + IN_LOG, 0) == (saved, lost)
    assert status == ("bits of the catalogue may be the one that was flipped" in said)


def test_a_flipped_bit_of_what_is_in_no_use_costs_nothing(segment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The engine keeps a block free."""
    flip(segment, 300_000, 16)
    assert (0, IN_FILE + IN_LOG, 0) == _salvaged(segment, capsys)[:3]


def test_a_block_that_is_spoilt_costs_a_column_or_its_own_rows(
    segment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The row groups beside it are saved, and the log; what is missing is told by relation and column."""
    for at in range(1_500_000, 1_500_100):
        flip(segment, at, 0x55)
    status, saved, lost, said = _salvaged(segment, capsys)
    assert 1 == status
    assert IN_FILE + IN_LOG == saved + lost
    assert lost <= 3 * 16_384
    assert lost or re.search(r"description.* of \d+ rows of changes could not be read", said)


def test_a_file_that_was_cut_off_gives_what_stands_before(segment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The catalogue is not at a file's end."""
    os.truncate(segment, segment.stat().st_size - 800_000)
    status, saved, lost, said = _salvaged(segment, capsys)
    if status == 1:
        assert 0 < saved
        assert IN_FILE + IN_LOG == saved + lost
        assert lost or "could not be read" in said
    else:
        assert "nothing of store" in said


def test_where_nothing_can_be_read_that_is_said_in_one_line(segment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 2, and no new store."""
    for at in range(4_110, 8_300):
        flip(segment, at, 0x55)
    status, _, _, said = _salvaged(segment, capsys)
    assert 2 == status
    assert 1 == len(said.splitlines())
    assert "nothing of store" in said


def test_nothing_is_written_over(segment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And what is not there cannot be saved."""
    (segment.parent.parent / "new").mkdir()
    assert 2 == main(["store", "salvage", str(segment), str(segment.parent.parent / "new")])
    assert "exists" in capsys.readouterr().err
    assert 2 == main(["store", "salvage", str(segment.with_name("other")), str(segment.parent.parent / "newer")])
    assert "nothing to read" in capsys.readouterr().err


def test_a_store_in_use_is_left_alone(segment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A running collector writes it."""
    code = "import sys; from culpa.store import DuckDBStore; s = DuckDBStore(sys.argv[1], writable=True); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(segment)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout and process.stdin
        process.stdout.readline()
        assert 2 == main(["store", "salvage", str(segment), str(segment.parent.parent / "new")])
        assert "in use by another process" in capsys.readouterr().err
        process.kill()


def test_a_damaged_store_names_the_way_out_and_that_works(segment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From the message to the new store, as somebody would type it."""
    wal_of(segment).unlink()
    assert 2 == main(["verdicts", "--store", str(segment)])
    said = capsys.readouterr().err
    command = said[said.index("`culpa ") + 1 :].split("`")[0].split()
    command[-1] = str(segment.parent.parent / "new")
    assert 1 == main(command[1:])
    open_store(segment.parent.parent / "new").close()
    assert mark_of(segment).exists()
