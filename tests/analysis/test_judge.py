"""`culpa judge --again`: on a file that nobody writes, and on a running collector."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

CULPA = [sys.executable, "-m", "culpa.instrumentation.cli"]


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*CULPA, *arguments], capture_output=True, text=True, env=os.environ, timeout=120)


def test_a_store_is_judged_again(scene: Any) -> None:
    """Verdicts that were lost come back; judging once more changes nothing."""
    scene.server("checkout", 500)
    assert "app.error_response" == scene.verdict()["cause"]
    with scene.store.transaction() as cursor:
        cursor.execute("delete from segment.data.verdict_revisions")
    where = str(scene.store.path)
    scene.store.close()
    done = _run("judge", "--again", "--store", where)
    assert (0, True) == (done.returncode, "1 traces judged" in done.stderr), done.stderr
    listed = json.loads(_run("verdicts", "--json", "--store", where).stdout)
    assert ["app.error_response"] == [row["cause"] for row in listed]
    _run("judge", "--again", "--since", "2020-01-01", "--store", where)
    counted = json.loads(_run("sql", "select count(*) as n from verdict_revisions", "--json", "--store", where).stdout)
    assert [{"n": 1}] == counted


def test_again_must_be_said() -> None:
    """Without `--again` it is a mistake of usage."""
    assert 2 == _run("judge").returncode


def test_a_collector_judges_what_is_handed_to_it(scene: Any, tmp_path: Path) -> None:
    """The traces go over HTTP; the collector appends the verdict."""
    scene.server("checkout", 500)
    scene.verdict()
    with scene.store.transaction() as cursor:
        cursor.execute("delete from segment.data.verdict_revisions")
    folder = tmp_path / "store"
    folder.mkdir()
    path = scene.store.path
    scene.store.close()
    path.rename(folder / "hot.duckdb")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [
        *CULPA,
        "collect",
        "--store",
        str(folder),
        "--http-port",
        str(port),
        "--grpc-port",
        "off",
        "--settle-s",
        "1",
    ]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, env=os.environ) as collector:
        try:
            _await(f"{url}/readyz")
            done = _run("judge", "--again", "--store", url)
            assert 0 == done.returncode, done.stderr
            deadline = time.monotonic() + 60
            while not (found := json.loads(_run("verdicts", "--json", "--store", url).stdout)):
                assert time.monotonic() < deadline
            assert ["app.error_response"] == [row["cause"] for row in found]
        finally:
            collector.terminate()


def _await(url: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
