"""What cannot be read in a Parquet folder is named, and costs nothing else; an address that is none says what to write."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from .conftest import Judge, files_in, fill

_DAY_NS = 86_400_000_000_000


@pytest.fixture
def there(tmp_path: Path, one_failure: Callable[[int, int], Path]) -> Path:
    """Return a folder with a file that is whole, of a minute ago."""
    fill(tmp_path / "there", one_failure(1, time.time_ns() - 60 * 10**9))
    return tmp_path / "there"


def _damaged(how: str, good: bytes) -> bytes:
    # The data of a column stand behind the first four bytes, and what says where they are at the end.
    return {
        "ends early": good[:-200],
        "is empty": b"",
        "is no Parquet": b"{}" * 100,
        "has a broken page": good[:4] + bytes(200) + good[204:],
    }[how]


@pytest.mark.parametrize("how", ["ends early", "is empty", "is no Parquet", "has a broken page"])
def test_a_damaged_file_is_named_and_costs_no_other(
    there: Path, one_failure: Callable[[int, int], Path], judge: Judge, how: str
) -> None:
    [good] = files_in(there)
    fill(there, one_failure(2, time.time_ns() - 30 * 10**9))
    [bad] = set(files_in(there)) - {good}
    bad.write_bytes(_damaged(how, bad.read_bytes()))
    status, said = judge(there)
    assert 0 == status, said
    assert "left out, since they cannot be read (" in said
    assert f": traces/{bad.parent.name}/{bad.name}" in said
    assert "1 judged" in said, said


def test_files_that_hold_something_else_are_named(there: Path, judge: Judge) -> None:
    for number in range(7):
        pq.write_table(
            pa.table({"TimeUnix": [1], "MetricName": ["cpu"], "Value": [0.5]}), there / f"metrics-{number}.parquet"
        )
    (there / "README.txt").write_text("telemetry of the shop")
    (there / "_delta_log").mkdir()
    (there / "_delta_log" / "0.json").write_text("{}")
    status, said = judge(there)
    assert (0, True) == (status, "1 judged" in said), said
    assert "are neither spans nor log records: no " in said
    assert (
        ": metrics-0.parquet, metrics-1.parquet, metrics-2.parquet, metrics-3.parquet, metrics-4.parquet and 2 more"
        in said
    )
    assert "where their names end in .parquet, .parq, .pq: README.txt" in said
    assert "_delta_log" not in said


def test_what_another_time_holds_is_not_even_opened(
    there: Path, one_failure: Callable[[int, int], Path], judge: Judge
) -> None:
    fill(there, one_failure(2, time.time_ns() - 5 * _DAY_NS))
    [old, _] = files_in(there)
    old.write_bytes(b"broken")
    status, said = judge(there)
    assert (0, True, False) == (status, "1 judged" in said, "left out" in said), said
    status, said = judge(there, "--since", "10d")
    assert (0, True) == (status, f"traces/{old.parent.name}/{old.name}" in said), said


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("parquet:///nowhere/at/all", "nothing is there"),
        ("parquet://", "write parquet:///folder or parquet://s3://bucket/prefix"),
        ("parquet://s3://", "names no bucket"),
        ("parquet://ftp://host/x", "ftp://… holds no Parquet that can be read"),
        ("parquet://s3://user:hunter2@bucket/x", "leave it to the environment"),
        ("parquet:///tmp?colour=red", "with ?since=1d or ?every=30"),
        ("parquet:///tmp?every=90", "write 0 to 60 seconds"),
        ("parquet://s3://bucket/x?colour=red", "no address that can be opened"),
    ],
)
def test_an_address_that_is_none_says_what_to_write(judge: Judge, address: str, said: str) -> None:
    status, told = judge(address)
    assert (2, 1, True) == (status, len(told.splitlines()), said in told), told
    assert "hunter2" not in told


def test_a_folder_without_files_and_a_file_say_so(judge: Judge, there: Path, tmp_path: Path) -> None:
    (tmp_path / "empty" / "traces").mkdir(parents=True)
    status, said = judge(tmp_path / "empty")
    assert (2, True) == (status, "holds no file whose name ends in .parquet" in said), said
    status, said = judge(files_in(there)[0])
    assert (2, True) == (status, "is a file; name its folder, or read it with `culpa ingest FILE" in said), said


def test_a_time_that_is_none_is_refused(there: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from culpa.instrumentation.cli import main

    assert 2 == main(["verdicts", "--store", f"parquet://{there}?since=yesteryear"])
    assert "since=" in capfd.readouterr().err


def test_without_the_libraries_it_says_what_to_install(there: Path) -> None:
    for words in (["verdicts"], ["judge", "--into", str(there / "x.duckdb")]):
        code = (
            "import sys; sys.modules['msgspec'] = None\n"
            f"from culpa.instrumentation.cli import main; sys.exit(main({[*words, '--store', f'parquet://{there}']}))"
        )
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert (2, True) == (ran.returncode, "takes msgspec: pip install 'culpa[collector]'" in ran.stderr), ran.stderr
