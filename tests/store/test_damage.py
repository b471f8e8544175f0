"""What was acknowledged and is not there is told in one line; what was never acknowledged is no damage."""

import gc
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest

from culpa.store import DuckDBStore, NotAStore, StoreDamaged, StoreError, StoreGone, arrow_schema, open_store
from culpa.store.damage import check_acknowledged
from culpa.store.ledger import mark_of, wal_of

from .killed import contents, flip, killed_store

ACKNOWLEDGED = 2_000
CHANGES = arrow_schema("changes").names


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a store of two thousand rows, half of them in its write-ahead log."""
    folder = tmp_path_factory.mktemp("killed")
    assert ACKNOWLEDGED == killed_store(folder / "one.duckdb")
    return folder


@pytest.fixture
def segment(killed: Path, tmp_path: Path) -> Path:
    """Return a copy of it that may be damaged."""
    shutil.copytree(killed, tmp_path / "copy")
    return tmp_path / "copy" / "one.duckdb"


def _rows(segment: Path) -> int:
    store = open_store(segment)
    try:
        found = store.query(
            "select count(*) as n, count(distinct description) as d, sum(length(kind)) as k from changes"
        )
        row = found.to_pylist()[0]
        assert row["n"] == row["d"] == (row["k"] or 0) / len("deploy")
        return int(row["n"])
    finally:
        store.close()


def test_what_a_kill_leaves_is_no_damage(segment: Path) -> None:
    """Nor is a commit that was under way: half of an entry behind the last one."""
    assert ACKNOWLEDGED == _rows(segment)
    with wal_of(segment).open("ab") as log:
        log.write((500).to_bytes(8, "little") + bytes(100))
    assert ACKNOWLEDGED == _rows(segment)


def _told(segment: Path, writable: bool) -> str:
    """Return what is said; the error itself would keep the file open."""
    try:
        with DuckDBStore(segment, writable=writable) as store:
            store.query("select * from changes")
    except (StoreDamaged, NotAStore) as error:
        return str(error)
    return ""


def _gone(path: Path) -> None:
    path.unlink()


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _zeros_at_the_end(path: Path) -> None:
    size = path.stat().st_size // 2
    path.write_bytes(path.read_bytes()[:-size] + bytes(size))


def _one_byte_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _first_bit(path: Path) -> None:
    flip(path, 0)


def _middle_bit(path: Path) -> None:
    flip(path, path.stat().st_size // 2)


@pytest.mark.parametrize("of", ["wal", "file"])
@pytest.mark.parametrize("how", [_gone, _empty, _half, _zeros_at_the_end, _one_byte_short, _first_bit, _middle_bit])
def test_less_than_was_acknowledged_is_told_in_one_line_and_changes_nothing(segment: Path, how, of: str) -> None:
    """For reading and for writing; with what to do."""
    how(wal_of(segment) if of == "wal" else segment)
    before = contents(segment.parent)
    for writable in (False, True):
        message = _told(segment, writable)
        gc.collect()
        assert 1 == len(message.splitlines())
        assert "one.duckdb" in message
        if (how, of) != (_empty, "file"):
            assert "culpa store salvage" in message
        assert before == contents(segment.parent)


def test_zeros_from_an_entry_on_are_seen_although_the_engine_takes_them_for_the_end(segment: Path) -> None:
    """The chain of entries must lead to where it was acknowledged."""
    wal = wal_of(segment)
    whole = wal.read_bytes()
    at = whole.rindex(b"\x64\x00\x64") - 16
    wal.write_bytes(whole[:at] + bytes(len(whole) - at))
    with pytest.raises(StoreDamaged, match=f"broken at byte {at}"):
        open_store(segment)


def test_a_commit_that_a_power_cut_tore_is_cut_off_and_kept_beside(segment: Path) -> None:
    """It was never acknowledged: the writer goes on with all that was."""
    wal = wal_of(segment)
    acknowledged = wal.stat().st_size
    torn = (900).to_bytes(8, "little") + b"\x01" * 200 + bytes(4096)
    with wal.open("ab") as log:
        log.write(torn)
    with DuckDBStore(segment, writable=True) as store:
        assert ACKNOWLEDGED == store.query("select * from changes").num_rows
    assert torn == wal.with_name(f"{wal.name}.torn").read_bytes()
    assert acknowledged < ACKNOWLEDGED * 300


def test_a_mark_that_a_power_cut_spoilt_says_nothing(segment: Path) -> None:
    """Zeros, half a line or a wrong sum: then nothing is known, and that is no damage."""
    line = mark_of(segment).read_bytes()
    for spoilt in (b"", bytes(len(line)), line[:50], line.replace(b"1", b"2", 1)):
        mark_of(segment).write_bytes(spoilt)
        assert ACKNOWLEDGED == _rows(segment)


def test_an_older_copy_of_the_file_is_not_taken_for_the_newer(segment: Path) -> None:
    """Put back from a backup while the mark of the newer one stayed."""
    backup = segment.read_bytes()
    with DuckDBStore(segment, writable=True) as store:
        rows = store.query("select * from changes limit 1").select(CHANGES)
        store.checkpoint()
        store.write({"changes": rows})
        newer = mark_of(segment).read_bytes()
    assert not mark_of(segment).exists()
    segment.write_bytes(backup)
    mark_of(segment).write_bytes(newer)
    with pytest.raises(StoreDamaged, match="older than what was acknowledged"):
        open_store(segment)


def test_a_store_that_was_closed_in_order_is_one_file(segment: Path) -> None:
    """It may be copied and sent as it is."""
    with DuckDBStore(segment, writable=True) as store:
        store.write({"changes": store.query("select * from changes limit 1").select(CHANGES)})
    assert ["one.duckdb"] == [path.name for path in segment.parent.iterdir()]


def test_a_flipped_bit_anywhere_never_gives_other_rows(killed: Path, tmp_path: Path) -> None:
    """Forty places in each file: either all rows, or one line that says what is damaged."""
    places = random.Random(7)
    told = 0
    for name in ("one.duckdb", "one.duckdb.wal"):
        size = (killed / name).stat().st_size
        for number in range(40):
            folder = tmp_path / f"{name}-{number}"
            shutil.copytree(killed, folder)
            flip(folder / name, places.randrange(size), 1 << places.randrange(8))
            try:
                assert ACKNOWLEDGED == _rows(folder / "one.duckdb")
            except StoreError as error:
                told += 1
                assert 1 == len(str(error).splitlines())
                assert "culpa store salvage" in str(error)
            shutil.rmtree(folder)
    assert told > 40


def test_opening_costs_no_more_than_before(killed: Path) -> None:
    """The look at the mark and at the log's chain is a small part of it."""
    from culpa.store.damage import missing

    began = time.perf_counter()
    for _ in range(20):
        assert "" == missing(killed / "one.duckdb")
    checked_s = (time.perf_counter() - began) / 20
    began = time.perf_counter()
    open_store(killed / "one.duckdb").close()
    assert checked_s < 0.1 * (time.perf_counter() - began)


def test_many_kills_under_load_are_never_taken_for_damage(tmp_path: Path) -> None:
    """At any moment, also in the middle of a checkpoint: each start finds at least what was acknowledged."""
    code = (
        "import os, sys\nimport pyarrow as pa\nfrom culpa.store import DuckDBStore, arrow_schema\n"
        "row = {'time': 1, 'service_name': '', 'kind': '', 'description': os.urandom(300).hex(), 'attr_keys': [], 'attr_vals': []}\n"
        "rows = pa.Table.from_pylist([row] * 50, schema=arrow_schema('changes'))\n"
        "store = DuckDBStore(sys.argv[1], writable=True)\n"
        "print(store.query('select count(*) as n from segment.data.changes').to_pylist()[0]['n'], flush=True)\n"
        "for number in range(10**6):\n"
        "    store.write({'changes': rows})\n    print('+', flush=True)\n"
        "    if number % 5 == 4: store.checkpoint()\n"
    )
    pauses = random.Random(3)
    least = 0
    for _ in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "hot.duckdb")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout and process.stderr
        first = process.stdout.readline()
        assert first, process.stderr.read()
        assert least <= int(first)
        told = [process.stdout.readline() for _ in range(pauses.randrange(8))]
        time.sleep(pauses.uniform(0.0, 0.02))
        process.kill()
        rest, _ = process.communicate()
        least = int(first) + 50 * ("".join(told) + rest).count("+")
    assert least > 100


def test_what_cannot_be_noted_is_not_committed(tmp_path: Path) -> None:
    """It would be told as not stored, and tried again: rows without a key would be there many times."""
    row: dict[str, object] = {
        "time": 1,
        "service_name": "shop",
        "kind": "deploy",
        "attr_keys": [],
        "attr_vals": [],
        "description": "x",
    }
    rows = {"changes": pa.Table.from_pylist([row], schema=arrow_schema("changes"))}
    segment = tmp_path / "one.duckdb"
    mark_of(segment).mkdir()
    with DuckDBStore(segment, writable=True) as store:
        with pytest.raises(StoreGone, match="mark"):
            store.write(rows)
        mark_of(segment).rmdir()
        store.write(rows)
        assert 1 == store.query("select * from segment.data.changes").num_rows


_NO_DESCRIPTORS = """
import os, resource, sys, threading, time
import pyarrow as pa
from culpa.store import DuckDBStore, arrow_schema

row = {"time": 1, "service_name": "shop", "kind": "deploy", "attr_keys": [], "attr_vals": [], "description": "x"}
rows = {"changes": pa.Table.from_pylist([row], schema=arrow_schema("changes"))}

def free():
    time.sleep(0.5)
    for descriptor in taken:
        os.close(descriptor)

with DuckDBStore(sys.argv[1], writable=True) as store:
    store.write(rows)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    taken = []
    try:
        while True:
            taken.append(os.dup(0))
    except OSError:
        pass
    threading.Thread(target=free).start()
    began = time.monotonic()
    store.write(rows)
    print(store.query("select count(*)::int as n from segment.data.changes").column("n")[0].as_py(), len(taken) > 20)
    print(time.monotonic() - began > 0.3)
"""


def test_a_commit_is_noted_late_where_no_descriptor_is_left(tmp_path: Path) -> None:
    """Rather than refused: whoever wrote it would write it again."""
    command = [sys.executable, "-c", _NO_DESCRIPTORS, str(tmp_path / "one.duckdb")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ["2 True", "True"] == done.stdout.splitlines(), done.stderr


_REWRITES = """
import sys
import pyarrow as pa
from culpa.store import DuckDBStore, arrow_schema

row = {"time": 1, "service_name": "shop", "kind": "deploy", "attr_keys": [], "attr_vals": [], "description": "x"}
rows = {"changes": pa.Table.from_pylist([row] * 200, schema=arrow_schema("changes"))}
with DuckDBStore(sys.argv[1], writable=True) as store:
    print("up", flush=True)
    while True:
        store.write(rows)
        store.checkpoint()
"""


def test_a_store_that_its_owner_rewrites_is_not_told_as_damaged(tmp_path: Path) -> None:
    """Mark, file and log are read one after the other, and may be of different moments."""
    segment = tmp_path / "one.duckdb"
    owner = subprocess.Popen([sys.executable, "-c", _REWRITES, str(segment)], stdout=subprocess.PIPE)
    with owner, owner.stdout or pytest.fail("no output") as lines:
        assert lines.readline()
        looks, end_s = 0, time.monotonic() + 3
        try:
            while time.monotonic() < end_s:
                check_acknowledged(segment, "here")
                looks += 1
        finally:
            owner.kill()
    assert looks > 500
