"""`culpa store forget`: what is meant is in no file of the store afterwards, and all else is."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from culpa.instrumentation.cli import main
from culpa.store import FAILING, DuckDBStore, arrow_schema, hot_rows, rewrite, seal

from ..segments import rows as made
from ..segments.rows import counts, fails, trace_id, whole, write

#: Of a person, in places of every kind; none of it can be compressed away by chance.
TEXT = "Maria.Muster'mann@example.org"


def _row(relation: str, **values: Any) -> dict[str, pa.Table]:
    return {relation: made._table(relation, [values])}


def _everywhere(store: DuckDBStore) -> int:
    """Store rows that hold the text, one in each kind of place; return how many."""
    at = made.BASE_NS
    common = {"time": at, "trace_id": trace_id(9000), "service_name": "till"}
    span = {"trace_id": trace_id(9000), "start_time": at, "service_name": "till", "resource_id": 7}
    said = {"attr_keys": ["who"], "attr_vals": [TEXT.upper()]}
    event = {"time": at, "name": "e", "attr_keys": ["k"], "attr_vals": ["x", TEXT]}
    link = {"trace_id": "", "span_id": "", "attr_keys": [TEXT], "attr_vals": ["x"]}
    evidence = {"rule": "r", "span_id": "", "source": "", "seen_at": at, "statement": f"of {TEXT}", "weight": 1.0}
    written = [
        _row("spans", span_id="f001", **span, url_full=f"/users?mail={TEXT}"),
        _row("spans", span_id="f002", **span, events=[event]),
        _row("spans", span_id="f003", **span, links=[link]),
        _row("exceptions", exception_id="f1", **common, stacktrace=f"Traceback\n{TEXT}"),
        _row("logs", log_id="f1", **common, **said),
        _row("access", access_id="f1", trace_id=trace_id(9000), start_time=at, url_path=f"/{TEXT}"),
        _row("metric_points", name="m", **common, **said),
        _row("verdict_revisions", trace_id=trace_id(9000), ended_at=at, fingerprint="2:aa", evidence=[evidence]),
        _row("changes", time=at, service_name="till", kind="deploy", description=TEXT),
        _row("labels", time=at, trace_id=trace_id(9000), cause="unknown", note=TEXT),
        _row("problem_states", time=at, fingerprint="2:aa", state="muted", note=TEXT),
        # All that this one sent is meant.
        _row("resources", resource_id=2**64 - 5, service_name="till", host_name=f"host of {TEXT}"),
        _row("logs", log_id="f2", time=at, service_name="till", resource_id=2**64 - 5, body="hello"),
    ]  # fmt: skip
    for tables in written:
        store.write(tables)
    return len(written)


def _forget(place: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, int, str]:
    """Return status, rows as they are told, and what is said."""
    status = main(["store", "forget", str(place), *options])
    said = capsys.readouterr()
    told = sum(int(line.split()[1].replace(",", "")) for line in said.out.splitlines())
    return status, told, said.err


def _holds(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if TEXT.lower().encode() in path.read_bytes().lower()]


def test_a_text_is_in_no_file_afterwards(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither in sealed files nor in the hot one, its log or its free blocks; all else is as it was."""
    with DuckDBStore(filled, writable=True, shared=True) as store:
        number = _everywhere(store)
        seal(store, hot_rows(store))
        store.write(_row("logs", log_id="f9", time=made.BASE_NS, body=TEXT))
        store.checkpoint()
    assert {"hot.duckdb", "sealed-000004.duckdb"} == set(_holds(filled))
    before = {path.name: path.stat().st_ino for path in filled.iterdir()}
    assert (0, number + 1) == _forget(filled, capsys, "--text", TEXT, "--dry-run")[:2]
    assert {"hot.duckdb", "sealed-000004.duckdb"} == set(_holds(filled))
    status, told, said = _forget(filled, capsys, "--text", TEXT.lower())
    assert (0, number + 1) == (status, told), said
    assert [] == _holds(filled)
    assert before["sealed-000001.duckdb"] == (filled / "sealed-000001.duckdb").stat().st_ino
    assert not (filled / "sealed-000004.duckdb").exists()
    with DuckDBStore(filled) as store:
        assert whole(350) == counts(store)
        assert [{"n": 3}] == store.query("select count(*) as n from verdicts").to_pylist()
        assert [{"resource_id": 7}] == store.query("select resource_id from resources").to_pylist()
        for relation in ("changes", "labels", "problem_states"):
            assert 0 == store.query(f'from segment.data."{relation}"').num_rows
    assert (0, 0) == _forget(filled, capsys, "--text", TEXT)[:2]
    assert 0 == main(["store", "verify", str(filled)])


def test_a_trace_is_taken_out_of_sealed_and_hot_files(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Several at once; with the verdict, which a trace that was joined with it has too."""
    with DuckDBStore(filled, writable=True) as store:
        joined = [f"{trace_id(100)} by_id 1"]
        store.write(
            _row("verdict_revisions", trace_id=trace_id(9), ended_at=made.BASE_NS, fingerprint="2:1", joined=joined)
        )
    status, told, _ = _forget(filled, capsys, "--trace", trace_id(100).upper(), "--trace", trace_id(340))
    assert (0, 2 * 6 + 2) == (status, told)
    with DuckDBStore(filled) as store:
        found = counts(store)
        # Metric points are of no trace.
        assert whole(348) | {"metric_points": (350, 350)} == found
        assert [{"n": 2}] == store.query("select count(*) as n from verdict_revisions").to_pylist()


def test_a_service_is_taken_out(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also a file that then holds nothing goes; what is said of it goes too, and of one that is named alike nothing."""
    with DuckDBStore(filled, writable=True) as store:
        for service in ("shop", "web/shop", "shopping", "till"):
            store.write(_row("changes", time=made.BASE_NS, service_name=service, description="d"))
        for component in ("shop", "postgresql://db/shop"):
            store.write(_row("labels", time=made.BASE_NS, trace_id=trace_id(1), component=component))
        store.write(
            _row("verdict_revisions", trace_id="b", ended_at=made.BASE_NS, fingerprint="2:1", services=["a", "ns/shop"])
        )
        store.write(
            _row("verdict_revisions", trace_id="c", ended_at=made.BASE_NS, fingerprint="2:1", services=["shops", "a"])
        )
    assert 0 == _forget(filled, capsys, "--service", "shop")[0]
    with DuckDBStore(filled) as store:
        found = counts(store)
        # Access lines name no service, and are of the web server.
        assert (350, 350) == found.pop("access")
        assert {(0, 0)} == set(found.values())
        assert ["shopping", "till"] == sorted(
            store.query("from segment.data.changes").column("service_name").to_pylist()
        )
        assert ["postgresql://db/shop"] == store.query("from segment.data.labels").column("component").to_pylist()
        left = store.query("select trace_id from verdict_revisions where trace_id in ('b', 'c')").to_pylist()
        assert [{"trace_id": "c"}] == left
        assert 0 == store.query("from resources").num_rows


def test_what_is_left_of_a_file_of_failing_traces_is_not_thinned_again(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Though the verdicts by which it was chosen are gone."""
    with DuckDBStore(filled, writable=True, shared=True) as store:
        made.judged(store, 33)
        part = rewrite(store, store.sealed.parts[:1], FAILING)
        assert part
        with store.transaction() as cursor:
            cursor.execute("delete from segment.data.verdict_revisions")
        before = counts(store)
    failing = next(number for number in range(1, 100) if fails(number))
    assert (0, 6) == _forget(filled, capsys, "--trace", trace_id(failing))[:2]
    with DuckDBStore(filled) as store:
        assert before["access"][0] - 1 == counts(store)["access"][0]
        assert ["failing"] == store.query("select holds from segments where holds = 'failing'").column(
            "holds"
        ).to_pylist()


def test_of_a_single_file_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with DuckDBStore(tmp_path / "one.duckdb", writable=True) as store:
        write(store, 0, 50)
        number = _everywhere(store)
    assert ["one.duckdb"] == _holds(tmp_path)
    assert (0, number) == _forget(tmp_path / "one.duckdb", capsys, "--text", TEXT)[:2]
    assert ([], ["one.duckdb"]) == (_holds(tmp_path), [path.name for path in tmp_path.iterdir()])
    with DuckDBStore(tmp_path / "one.duckdb", writable=True) as store:
        assert whole(50) == counts(store)
        write(store, 50, 5)
        assert whole(55) == counts(store)


_KILL = """
import os, signal, sys
from importlib import import_module
from pathlib import Path
from culpa.store.forgetting.forget import forget
from culpa.store.forgetting.wish import Wish
folder, trace, when, module, name = sys.argv[1:]
place = import_module(module)
original = getattr(place, name)
def die(*args, **kwargs):
    if when == "after":
        original(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(place, name, die)
forget(Path(folder), Wish(traces=tuple(trace.split(","))), is_trial=False)
"""


@pytest.mark.parametrize(
    ("when", "module", "name"),
    [
        ("before", "culpa.store.forgetting.forget", "remove_dropped"),
        ("before", "culpa.store.rebuild", "_fill"),
        ("after", "culpa.store.rebuild", "_fill"),
        ("before", "culpa.store.rebuild", "sync_folder"),
    ],
)
def test_a_kill_leaves_a_store_that_can_be_asked_again(
    filled: Path, capsys: pytest.CaptureFixture[str], when: str, module: str, name: str
) -> None:
    """Nothing else is lost, and the second time it is whole."""
    meant = (trace_id(150), trace_id(340))
    command = [sys.executable, "-c", _KILL, str(filled), ",".join(meant), when, module, name]
    assert -9 == subprocess.run(command, check=False).returncode
    with DuckDBStore(filled) as store:
        found = counts(store)
    assert found in [whole(left) | {"metric_points": (350, 350)} for left in (348, 349)]
    assert 0 == _forget(filled, capsys, *(part for one in meant for part in ("--trace", one)))[0]
    with DuckDBStore(filled) as store:
        assert whole(348) | {"metric_points": (350, 350)} == counts(store)
    assert 0 == main(["store", "verify", str(filled)])
    assert not list(filled.glob("*.making*"))


def test_it_is_refused_where_it_could_not_be_whole(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """While somebody writes, without a sealed file, and without a word of what is meant."""
    script = "import sys; from culpa.store import DuckDBStore; s = DuckDBStore(sys.argv[1], writable=True); print(1, flush=True); input()"
    command = [sys.executable, "-c", script, str(filled)]
    owner = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert owner.stdout
    assert "1\n" == owner.stdout.readline()
    status, _, said = _forget(filled, capsys, "--text", "x")
    owner.communicate("\n")
    assert 2 == status
    assert "in use" in said
    assert 2 == _forget(filled, capsys)[0]
    assert 2 == _forget(filled, capsys, "--text", " ")[0]
    (filled / "sealed-000002.duckdb").rename(filled / "sealed-000022.duckdb")
    status, _, said = _forget(filled, capsys, "--text", "shop")
    assert 2 == status
    assert "sealed-000002.duckdb cannot be read" in said
    (filled / "sealed-000022.duckdb").rename(filled / "sealed-000002.duckdb")
    (filled / "sealed-000033.duckdb").write_bytes((filled / "sealed-000002.duckdb").read_bytes())
    status, _, said = _forget(filled, capsys, "--trace", trace_id(150))
    assert 1 == status
    assert "sealed-000033.duckdb is no part of this store" in said


def test_the_schema_has_texts_where_they_are_looked_for() -> None:
    """The events of spans are structs in lists with lists in them: deeper than this nothing lies."""
    assert pa.types.is_struct(arrow_schema("spans").field("events").type.value_type)
