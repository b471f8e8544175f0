"""The same questions to a running collector, which owns the file."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

import culpa.analysis as ca
from culpa.store import StoreLocked, StoreRefused

TOKEN = "read-me"  # the test's own
CULPA = [sys.executable, "-m", "culpa.instrumentation.cli"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=1)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except (OSError, HTTPException):
            time.sleep(0.1)
        finally:
            connection.close()
    pytest.fail(f"the collector does not answer (exit status {process.poll()}):\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="module")
def collector(
    make_store: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """Start a collector on the sample; yield its address and its store directory."""
    folder = tmp_path_factory.mktemp("remote")
    make_store(folder / "hot.duckdb")
    port = _free_port()
    options = ["--store", str(folder), "--http-port", str(port), "--grpc-port", "0", "--read-token", TOKEN]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CULPA_")}
    with (folder / "collect.log").open("wb") as log:
        process = subprocess.Popen([*CULPA, "collect", *options], stderr=log, stdout=log, cwd=folder, env=environment)
    try:
        _wait_for(port, process, folder / "collect.log")
        yield f"http://127.0.0.1:{port}", folder
    finally:
        process.terminate()
        process.wait(30)


def test_a_collector_answers_as_its_file_does(collector: tuple[str, Path], sample: Path) -> None:
    """Verdicts, problems, explanations and SQL are the same over HTTP."""
    with ca.open(collector[0], token=TOKEN) as remote, ca.open(sample) as local:
        assert local.verdicts().json() == remote.verdicts().json()
        assert [row["fingerprint"] for row in local.problems()] == [row["fingerprint"] for row in remote.problems()]
        for trace_id in ("00000001", "00000007"):
            assert local.explain(trace_id).text == remote.explain(trace_id).text
        assert [{"n": 3}] == list(remote.sql("select $n + 1 as n", n=2))


def test_a_read_token_is_asked_for(collector: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it the error names the variable; with the variable it works."""
    monkeypatch.delenv("CULPA_READ_TOKEN", raising=False)
    with ca.open(collector[0]) as session, pytest.raises(StoreRefused, match="CULPA_READ_TOKEN"):
        session.verdicts()
    monkeypatch.setenv("CULPA_READ_TOKEN", TOKEN)
    with ca.open(collector[0]) as session:
        assert 8 == len(session.verdicts())


def test_the_collector_s_own_file_is_not_opened_beside_it(collector: tuple[str, Path]) -> None:
    """The error says whom to ask instead."""
    with pytest.raises(StoreLocked, match="http://"):
        ca.open(collector[1])


def test_commands_ask_a_collector(collector: tuple[str, Path]) -> None:
    """`--store http://…` and `--token` do on every reading command."""
    command = [*CULPA, "verdicts", "--json", "--store", collector[0], "--token", TOKEN]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert 8 == len(json.loads(done.stdout))


def test_who_asks_too_soon_is_told_that_a_verdict_comes(collector: tuple[str, Path]) -> None:
    """A file has no such future."""
    command = [*CULPA, "verdicts", "--text", "of nobody", "--store", collector[0], "--token", TOKEN]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"no failed request in {collector[0]} that fits; one that has just failed is judged within seconds" in (
        done.stderr
    )
