"""`culpa store list` and `culpa store verify`: what there is, and whether it is whole."""

import subprocess
import sys
from pathlib import Path

import pytest

from culpa.instrumentation.cli import main
from culpa.store import DuckDBStore

from ..killed import flip

_OWNER = """
import sys, time
from culpa.store import DuckDBStore
store = DuckDBStore(sys.argv[1], writable=True, shared=True)
print("open", flush=True)
time.sleep(600)
"""


def _verify(place: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    status = main(["store", "verify", str(place)])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_list_names_every_file_and_the_total(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == main(["store", "list", str(filled)])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    names = ["file", "sealed-000001.duckdb", "sealed-000002.duckdb", "sealed-000003.duckdb", "hot.duckdb", "total"]
    assert names == [line[0] for line in lines]
    assert "700" in lines[1]
    assert "350" in lines[4]
    assert "2,450" in lines[5]


def test_list_of_a_single_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    DuckDBStore(tmp_path / "one.duckdb", writable=True).close()
    assert 0 == main(["store", "list", str(tmp_path / "one.duckdb")])
    assert ["file", "one.duckdb", "total"] == [line.split()[0] for line in capsys.readouterr().out.splitlines()]


def test_a_whole_store_is_whole(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = _verify(filled, capsys)
    assert 0 == status, err
    assert "sealed-000002.duckdb: 700 rows read" in out
    assert "is whole" in err


@pytest.mark.parametrize("at", [12_288 + 200_000, 12_288 + 262_144 + 77, -100_000])
def test_one_flipped_bit_is_found(filled: Path, capsys: pytest.CaptureFixture[str], at: int) -> None:
    """The other files are read all the same."""
    broken = filled / "sealed-000002.duckdb"
    flip(broken, at % broken.stat().st_size)
    status, out, err = _verify(filled, capsys)
    assert 1 == status
    assert "sealed-000002.duckdb: " in err
    assert "put sealed-000002.duckdb back from a backup" in err
    assert "culpa store salvage" in err
    assert {"sealed-000001.duckdb:", "sealed-000003.duckdb:", "hot.duckdb:"} == {
        line.split()[0] for line in out.splitlines()
    }


def test_a_missing_an_exchanged_and_an_unlisted_file_are_named(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (filled / "sealed-000001.duckdb").rename(filled / "sealed-000009.duckdb")
    with DuckDBStore(filled.parent / "other.duckdb", writable=True) as other:
        other.checkpoint()
    (filled.parent / "other.duckdb").rename(filled / "sealed-000003.duckdb")
    status, _, err = _verify(filled, capsys)
    assert 1 == status
    assert "sealed-000001.duckdb is gone, with 700 rows" in err
    assert "sealed-000003.duckdb holds 0 rows and should hold 700" in err
    assert "sealed-000009.duckdb is not listed" in err


def test_a_damaged_hot_file_is_named_and_the_sealed_ones_are_read(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flip(filled / "hot.duckdb", 4_096 + 20)
    flip(filled / "hot.duckdb", 8_192 + 20)
    status, out, err = _verify(filled, capsys)
    assert 1 == status
    assert "hot.duckdb: " in err
    assert 3 == len(out.splitlines())


def test_where_no_store_is_nothing_can_be_verified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == _verify(tmp_path, capsys)[0]
    assert 2 == _verify(tmp_path / "none.duckdb", capsys)[0]


def test_beside_an_owner_the_sealed_files_are_verified(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And compared with the list of the hot file, which it owns."""
    owner = subprocess.Popen([sys.executable, "-c", _OWNER, str(filled)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout
    try:
        assert "open\n" == owner.stdout.readline()
        status, out, err = _verify(filled, capsys)
        assert (0, 3) == (status, len(out.splitlines()))
        assert "hot.duckdb is in use" in err
        (filled / "sealed-000002.duckdb").unlink()
        status, out, err = _verify(filled, capsys)
        assert (1, 2) == (status, len(out.splitlines()))
        assert "sealed-000002.duckdb is gone, with 700 rows" in err
    finally:
        owner.kill()
        owner.communicate()
