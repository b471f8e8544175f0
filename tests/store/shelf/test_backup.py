"""`culpa store backup` and `restore` of a store that nobody writes."""

import io
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from culpa.instrumentation.cli import main
from culpa.store import EVERYTHING, DuckDBStore, StoreUnavailable, hot_rows, remove_dropped, rewrite, seal
from culpa.store.backup.landing import Landing
from culpa.store.backup.process import packed

from ..killed import contents, flip, killed_store
from ..segments.rows import counts, whole, write


def _backup(store: Path, dest: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    status = main(["store", "backup", str(store), str(dest)])
    return status, capsys.readouterr().err


def _restore(backup: Path, new: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    status = main(["store", "restore", str(backup), str(new)])
    return status, capsys.readouterr().err


def test_a_restored_store_holds_the_same_rows(filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And it can be written to; neither store nor backup is changed by any of it."""
    before = contents(filled)
    assert 0 == _backup(filled, tmp_path / "backup", capsys)[0]
    assert before == contents(filled)
    kept = contents(tmp_path / "backup")
    assert 0 == _restore(tmp_path / "backup", tmp_path / "new", capsys)[0]
    assert kept == contents(tmp_path / "backup")
    with DuckDBStore(tmp_path / "new", writable=True, shared=True) as store:
        assert whole(350) == counts(store)
        assert [{"n": 3}] == store.query("select count(*) as n from verdicts").to_pylist()
        write(store, 350, 10)
        seal(store, hot_rows(store))
        assert whole(360) == counts(store)
    assert {"store", "backup", "new"} == {path.name for path in tmp_path.iterdir()}


def test_a_second_backup_copies_what_is_new(filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And removes what the store has no more; a sealed file of a name that was there before is told from that."""
    backup = tmp_path / "backup"
    assert 0 == _backup(filled, backup, capsys)[0]
    times = {path.name: path.stat().st_mtime_ns for path in backup.glob("sealed-*")}
    with DuckDBStore(filled, writable=True, shared=True) as store:
        rewrite(store, store.sealed.parts[1:], EVERYTHING)
        remove_dropped(store, grace_ns=0)
        write(store, 350, 10)
    status, said = _backup(filled, backup, capsys)
    assert 0 == status
    assert "the hot file and 2 sealed ones" in said
    assert {"sealed-000001.duckdb", "sealed-000004.duckdb"} == {path.name for path in backup.glob("sealed-*")}
    assert times["sealed-000001.duckdb"] == (backup / "sealed-000001.duckdb").stat().st_mtime_ns
    with DuckDBStore(backup) as read:
        assert whole(360) == counts(read)
    # As after a restore, when the same name is given to another file.
    shutil.copy(backup / "sealed-000001.duckdb", backup / "sealed-000004.duckdb")
    assert 0 == _backup(filled, backup, capsys)[0]
    with DuckDBStore(backup) as read:
        assert whole(360) == counts(read)


def test_a_single_file_is_backed_up_with_its_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also as a kill left it."""
    acknowledged = killed_store(tmp_path / "one.duckdb")
    assert 0 == _backup(tmp_path / "one.duckdb", tmp_path / "backup", capsys)[0]
    assert 0 == _restore(tmp_path / "backup", tmp_path / "new", capsys)[0]
    with DuckDBStore(tmp_path / "new") as store:
        assert acknowledged == store.query("from segment.data.changes").num_rows


def test_a_damaged_backup_is_not_restored(filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == _backup(filled, tmp_path / "backup", capsys)[0]
    flip(tmp_path / "backup" / "sealed-000002.duckdb", 12_288 + 200_000)
    status, said = _restore(tmp_path / "backup", tmp_path / "new", capsys)
    assert 1 == status
    assert "sealed-000002.duckdb" in said
    assert {"store", "backup"} == {path.name for path in tmp_path.iterdir()}


def test_nothing_that_is_there_is_overwritten(filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a store nor another folder by a backup, nor anything by a store that is restored."""
    other = shutil.copytree(filled, tmp_path / "other")
    before = contents(other)
    assert 2 == _backup(filled, other, capsys)[0]
    assert before == contents(other)
    assert 2 == _restore(filled, other, capsys)[0]
    assert before == contents(other)
    assert (2, True) == (_backup(tmp_path / "none", tmp_path / "backup", capsys)[0], not (tmp_path / "backup").exists())


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_a_stream_that_breaks_off_leaves_the_earlier_backup(
    filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], share: float
) -> None:
    """Wherever it does; and where there was none there is none."""
    with packed(filled / "hot.duckdb", {}) as stream:
        sent = stream.read()
    # Behind it is only what fills the last block.
    cut = int(share * sent.rindex(b"contents.json"))
    assert 0 == _backup(filled, tmp_path / "backup", capsys)[0]
    for place in (tmp_path / "backup", tmp_path / "fresh"):
        before = contents(place) if place.exists() else {}
        landing = Landing(place, "somewhere")
        with pytest.raises(StoreUnavailable, match="broke off"):
            landing.take(io.BytesIO(sent[:cut]))
        landing.give_up()
        assert {name for name in before if name != "backup.json"} == {
            path.name for path in place.glob("*") if path.name != "backup.json"
        }
        assert all(content == (place / name).read_bytes() for name, content in before.items() if name != "backup.json")


def test_a_backup_that_fails_leaves_the_earlier_one(
    filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a store in use; and a listed file that is gone is told, with all the rest kept."""
    backup = tmp_path / "backup"
    assert 0 == _backup(filled, backup, capsys)[0]
    before = contents(backup)
    script = "import sys; from culpa.store import DuckDBStore; s = DuckDBStore(sys.argv[1], writable=True); print(1, flush=True); input()"
    owner = subprocess.Popen(
        [sys.executable, "-c", script, str(filled)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout
    assert "1\n" == owner.stdout.readline()
    status, said = _backup(filled, backup, capsys)
    owner.communicate("\n")
    assert 2 == status
    assert "in use" in said
    assert before == contents(backup)
    (filled / "sealed-000001.duckdb").unlink()
    status, said = _backup(filled, tmp_path / "another", capsys)
    assert 1 == status
    assert "sealed-000001.duckdb is listed and is not there" in said
