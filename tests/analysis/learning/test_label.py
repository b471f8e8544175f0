"""`culpa label` and `culpa accuracy`: on a file that nobody writes, and on a running collector."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from culpa.collector.receivers._telling import BadBody
from culpa.collector.receivers.labels import label_row
from culpa.store import DuckDBStore

CULPA = [sys.executable, "-m", "culpa.instrumentation.cli"]


@pytest.fixture
def stored(scene: Any) -> Path:
    """Give a store with a failure of the app and one of the database; nobody has it open."""
    scene.server("checkout", 500)
    scene.trace = f"{2:032x}"
    entry = scene.server("checkout", 500)
    query = scene.query("checkout", entry, at=1, lasts=2)
    scene.raises(query, "psycopg.errors.DeadlockDetected", "deadlock detected", at=2)
    assert 2 == len(scene.verdicts())
    scene.store.close()
    return Path(scene.store.path)


def test_labels_are_kept_and_compared(stored: Path, command: Any) -> None:
    """One verdict is confirmed, the other corrected; the figures say so."""
    where = ("--store", str(stored))
    assert 0 == command("label", f"{2:032x}", "--cause", "database.deadlock", *where).returncode
    corrected = command("label", f"{1:032x}", "--cause", "config.missing_setting", "--note", "no PAY_KEY", *where)
    assert (0, True) == (
        corrected.returncode,
        "the verdict says checkout app.error_response" in corrected.stderr,
    )
    (figures,) = json.loads(command("accuracy", "--json", *where).stdout)
    assert (2, 1) == (figures["labelled"], figures["right"])
    assert ["config.missing_setting", "database.deadlock"] == [one["cause"] for one in figures["by_cause"]]
    assert ["no PAY_KEY"] == [one["note"] for one in figures["not_right"]]
    assert "2 labelled failures: 1 right" in command("accuracy", *where).stdout


def test_the_newest_label_counts(stored: Path, command: Any) -> None:
    """A person may change their mind, also about the component."""
    where = ("--store", str(stored))
    for component in ("postgresql://other:5432/shop", "postgresql://DB:5432/shop/"):
        command("label", f"{2:032x}", "--cause", "database.deadlock", "--component", component, *where)
    (figures,) = json.loads(command("accuracy", "--json", *where).stdout)
    assert (1, 1) == (figures["labelled"], figures["right"])


def test_an_unknown_trace_or_cause_is_told(stored: Path, command: Any) -> None:
    """No trace: exit status 1; no such cause: a mistake of usage."""
    where = ("--store", str(stored))
    assert 1 == command("label", "f" * 32, "--cause", "app.slow", *where).returncode
    wrong = command("label", f"{1:032x}", "--cause", "database.dead", *where)
    assert (2, True) == (wrong.returncode, "database.deadlock" in wrong.stderr)


def test_without_labels_there_is_nothing_to_compare(stored: Path, command: Any) -> None:
    """It says how to begin, and that is no error, also in a store of a version that knew no labels."""
    assert "is labelled" in command("accuracy", "--store", str(stored)).stderr
    with DuckDBStore(stored, writable=True) as store, store.transaction() as cursor:
        cursor.execute("drop view segment.main.labels; drop table segment.data.labels")
    done = command("accuracy", "--store", str(stored))
    assert (0, True) == (done.returncode, "is labelled" in done.stderr), done.stderr


@pytest.fixture
def collector(stored: Path, tmp_path: Path) -> Iterator[str]:
    """Give the address of a collector on that store, which wants a token for ingest."""
    folder = tmp_path / "store"
    folder.mkdir()
    stored.rename(folder / "hot.duckdb")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = [
        "--store",
        str(folder),
        "--http-port",
        str(port),
        "--grpc-port",
        "0",
        "--ingest-token",
        "let-me-in",
    ]
    with subprocess.Popen([*CULPA, "collect", *options], stderr=subprocess.DEVNULL, env=os.environ) as process:
        try:
            _await(f"http://127.0.0.1:{port}/readyz")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _await(url: str) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            assert time.monotonic() < until, f"no answer from {url}"
            time.sleep(0.1)


def test_a_running_collector_keeps_labels(collector: str, command: Any) -> None:
    """The label goes over HTTP with the ingest token, and is there when the command ends."""
    told = ("label", f"{2:032x}", "--cause", "database.deadlock", "--store", collector)
    assert 2 == command(*told).returncode
    done = command(*told, "--ingest-token", "let-me-in")
    assert 0 == done.returncode, done.stderr
    (figures,) = json.loads(command("accuracy", "--json", "--store", collector).stdout)
    assert (1, 1) == (figures["labelled"], figures["right"])
    assert [400, 415] == [
        _status(collector, body, kind) for body, kind in ((b"{", "application/json"), (b"{}", "text/plain"))
    ]


def _status(url: str, body: bytes, kind: str) -> int:
    headers = {"Content-Type": kind, "Authorization": "Bearer let-me-in"}
    try:
        with urllib.request.urlopen(urllib.request.Request(f"{url}/v1/labels", body, headers), timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize(
    "told",
    [
        [],
        {"trace_id": "7"},
        {"trace_id": "0" * 32, "cause": "Robert'); drop"},
        {"trace_id": "0" * 32, "cause": "app.slow", "colour": "red"},
        {"trace_id": "0" * 32, "cause": "app.slow", "note": 7},
        {"trace_id": "0" * 32, "cause": "app.slow", "note": "x" * 1001},
    ],
)
def test_what_is_no_label_is_refused(told: object) -> None:
    """Each mistake has a message that names it."""
    with pytest.raises(BadBody):
        label_row(told, 1)


def test_labels_are_redacted() -> None:
    """A secret pasted into a note is not kept by the collector."""
    row = label_row({"trace_id": "0" * 32, "cause": "app.slow", "note": "postgresql://app:hunter2@db/shop"}, 1)
    assert "hunter2" not in str(row["note"])
    assert "app" == row["layer"]
