"""`culpa store salvage` of a directory: sealed files that are whole are taken over, others as far as they can be read."""

import shutil
from pathlib import Path

import pytest

from culpa.instrumentation.cli import main
from culpa.store import DuckDBStore, drop

from ..killed import contents, flip
from ..segments.rows import counts, whole


def _salvage(place: Path, new: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, tuple[int, int]], str]:
    """Return status, saved and lost rows as they are told, and what is said; the damaged store stays as it is."""
    before = contents(place)
    status = main(["store", "salvage", str(place), str(new)])
    said = capsys.readouterr()
    assert before == contents(place)
    lines = [line.split() for line in said.out.splitlines()[1:]]
    return status, {name: (int(a.replace(",", "")), int(b.replace(",", ""))) for name, a, b in lines}, said.err


def test_a_whole_store_is_saved_whole(filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """But for what was dropped; as a directory, or as one file."""
    with DuckDBStore(filled, writable=True, shared=True) as store:
        drop(store, store.sealed.parts[:1])
    for name in ("new", "new.duckdb"):
        status, told, said = _salvage(filled, tmp_path / name, capsys)
        assert 0 == status, said
        assert {"sealed-000002.duckdb": (700, 0), "sealed-000003.duckdb": (700, 0)} == {
            name: rows for name, rows in told.items() if "sealed" in name
        }
        with DuckDBStore(tmp_path / name, writable=True) as store:
            assert whole(250) == counts(store)
            assert [{"n": 3}] == store.query("select count(*) as n from verdicts").to_pylist()
    assert {"hot.duckdb", "sealed-000002.duckdb", "sealed-000003.duckdb"} == {
        p.name for p in (tmp_path / "new").iterdir()
    }
    assert 0 == main(["store", "verify", str(tmp_path / "new")])


def test_a_damaged_sealed_file_is_saved_as_far_as_it_can_be_read(
    filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And one that is gone is lost, and listed no more."""
    for at in range(12_288 + 100_000, 12_288 + 100_100):
        flip(filled / "sealed-000002.duckdb", at, 0x55)
    (filled / "sealed-000003.duckdb").unlink()
    status, told, said = _salvage(filled, tmp_path / "new", capsys)
    assert 1 == status
    assert ((700, 0), (0, 700)) == (told["sealed-000001.duckdb"], told["sealed-000003.duckdb"])
    assert 700 == sum(told["sealed-000002.duckdb"])
    assert "sealed-000002.duckdb is damaged" in said
    assert "sealed-000003.duckdb is gone" in said
    assert 0 == main(["store", "verify", str(tmp_path / "new")])
    with DuckDBStore(tmp_path / "new") as store:
        assert 700 + 350 + told["sealed-000002.duckdb"][0] == sum(rows for rows, _ in counts(store).values())


def test_one_flipped_bit_of_a_sealed_file_is_turned_back(
    filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flip(filled / "sealed-000002.duckdb", 12_288 + 40, 16)
    status, told, said = _salvage(filled, tmp_path / "new", capsys)
    assert 1 == status
    assert (700, 0) == told["sealed-000002.duckdb"], said
    with DuckDBStore(tmp_path / "new") as store:
        assert whole(350) == counts(store)


@pytest.mark.parametrize("how", ["gone", "spoilt"])
def test_without_the_hot_file_the_sealed_ones_are_saved(
    filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    """With the list all is lost that it knew; every sealed file is taken over."""
    if how == "gone":
        (filled / "hot.duckdb").unlink()
    else:
        (filled / "hot.duckdb").write_bytes((filled / "hot.duckdb").read_bytes()[:4_000])
    status, told, said = _salvage(filled, tmp_path / "new", capsys)
    assert 1 == status, said
    assert 3 == len(told)
    assert "the list of sealed files is lost" in said
    with DuckDBStore(tmp_path / "new") as store:
        assert whole(300) == counts(store)
    assert 0 == main(["store", "verify", str(tmp_path / "new")])


def test_what_is_not_listed_is_not_taken_over(filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its rows may be there already."""
    shutil.copy(filled / "sealed-000001.duckdb", filled / "sealed-000007.duckdb")
    status, _, said = _salvage(filled, tmp_path / "new", capsys)
    assert 1 == status
    assert "sealed-000007.duckdb is not listed" in said
    with DuckDBStore(tmp_path / "new") as store:
        assert whole(350) == counts(store)
