"""A real collector process on free ports, for the tests of this folder."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from culpa.store import RemoteStore


class Running:
    """One `culpa collect` process."""

    def __init__(
        self,
        store: Path,
        *flags: str,
        environ: dict[str, str] | None = None,
        within: Sequence[str] = (),
        logs: Path | None = None,
    ) -> None:
        """Start it and wait until it listens; once more where somebody else took a port that was free."""
        self.store = store
        self._logs = logs or store.parent
        for _ in range(3):
            self._start(store, flags, environ, within)
            if self._listens() or b"is in use" not in self.log.read_bytes():
                break
        assert self._listens(), self.log.read_text()

    def _start(self, store: Path, flags: Sequence[str], environ: dict[str, str] | None, within: Sequence[str]) -> None:
        self.http_port, self.grpc_port = free_port(), free_port()
        self.log = self._logs / f"collector-{self.http_port}.log"
        command = [*within, sys.executable, "-m", "culpa.instrumentation.cli", "collect", "--store", str(store)]
        command += ["--http-port", str(self.http_port), "--grpc-port", str(self.grpc_port)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "--min-free-bytes", "0", *flags],
                stdout=log,
                stderr=log,
                env={**os.environ, **(environ or {})},
                cwd=store.parent,
            )

    def _listens(self) -> bool:
        """Wait until it listens or has ended; say whether it listens."""
        give_up_at = time.monotonic() + 60
        while b"OTLP/HTTP on" not in self.log.read_bytes():
            if self.process.poll() is not None or time.monotonic() > give_up_at:
                return False
            time.sleep(0.05)
        return True

    @property
    def url(self) -> str:
        """Return where it answers HTTP."""
        return f"http://127.0.0.1:{self.http_port}"

    def request(
        self, path: str, body: bytes = b"", headers: dict[str, str] | None = None, method: str = "POST"
    ) -> tuple[HTTPResponse, bytes]:
        """Send one request; return the answer and its body."""
        connection = HTTPConnection("127.0.0.1", self.http_port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()

    def export(self, body: bytes, **headers: str) -> tuple[int, bytes]:
        """Send protobuf traces; return status and body."""
        given = {"Content-Type": "application/x-protobuf"} | {k.replace("_", "-"): v for k, v in headers.items()}
        answer, text = self.request("/v1/traces", body, given)
        return answer.status, text

    def count(self, relation: str = "spans") -> int:
        """Return how many rows a view shows."""
        found = RemoteStore(self.url).query(f"select count(*) as n from {relation}")
        return int(found.to_pylist()[0]["n"])

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal; return the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(60)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def collect(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Start collectors; all are stopped at the end."""
    started: list[Running] = []

    def start(*flags: str, store: Path | None = None, **how: Any) -> Running:
        started.append(Running(store or tmp_path / "store", *flags, **how))
        return started[-1]

    yield start
    for running in started:
        running.stop(signal.SIGKILL)


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory, show_when_dead: Any) -> Iterator[Running]:
    """Return one collector for all tests of a module that do not disturb it."""
    running = Running(tmp_path_factory.mktemp("collector") / "store", "--max-body-bytes", "1000000")
    show_when_dead(running.process, running.log)
    yield running
    assert running.stop() == 0, running.log.read_text()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a file system of 24 MB."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)], capture_output=True
        ).returncode
    )
    if not mounted:
        pytest.skip("only root may mount a small file system")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)
