"""What was received reaches a real OpenTelemetry Collector, also what came while it was away."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import Collector, wait_for

sys.path.insert(0, str(Path(__file__).parents[1]))

from lab.relays.build import binary

OTELCOL = binary()
pytestmark = pytest.mark.skipif(
    OTELCOL is None, reason="`make lab` builds the OpenTelemetry Collector, which needs Go and minutes"
)
CONFIG = """
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:%d"}}}}
exporters: {file: {path: %s, append: true, flush_interval: 100ms}}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {receivers: [otlp], exporters: [file]}
    logs: {receivers: [otlp], exporters: [file]}
"""


class Backend:
    """A Collector that writes what it takes into a file. It may go away and come back."""

    def __init__(self, folder: Path) -> None:
        """Choose a port."""
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        self._file, self._config = folder / "taken.json", folder / "otelcol.yaml"
        self._config.write_text(CONFIG % (self.port, self._file))
        self._log = folder / "otelcol.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it listens."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([str(OTELCOL), "--config", str(self._config)], stdout=log, stderr=log)
        wait_for(self._listens)

    def _listens(self) -> bool:
        assert self._process and self._process.poll() is None, self._log.read_text("utf-8")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        """Let it go away as a restart does."""
        if self._process:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(30)

    def taken(self, what: str) -> list[str]:
        """Return the span ids of the `spans`, or of the `logRecords`, that it has, in order."""
        groups, scopes = {"spans": ("resourceSpans", "scopeSpans"), "logRecords": ("resourceLogs", "scopeLogs")}[what]
        lines = self._file.read_text("utf-8").splitlines() if self._file.exists() else []
        return [
            item["spanId"]
            for line in lines
            for group in json.loads(line).get(groups, [])
            for scope in group[scopes]
            for item in scope[what]
        ]


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    """Give a Collector that is not started yet."""
    one = Backend(tmp_path)
    yield one
    one.stop()


def test_nothing_is_lost_while_it_is_away_and_culpa_is_killed_meanwhile(collector: Collector, backend: Backend) -> None:
    """Each span once, in order, and each verdict."""
    text = f'[destinations.otelcol]\nurl = "http://127.0.0.1:{backend.port}"\ntelemetry = "redacted"\n'
    (collector.folder / "onward.toml").write_text(text)
    backend.start()
    collector.start()
    for number in range(3):
        collector.fail(number)
    wait_for(lambda: len(backend.taken("spans")) == 3)
    backend.stop()
    for number in range(3, 6):
        collector.fail(number)
    collector.kill()
    collector.start()
    collector.fail(6)
    backend.start()
    wait_for(lambda: len(backend.taken("spans")) >= 7)
    expected = [f"{number + 1:016x}" for number in range(7)]
    wait_for(lambda: set(backend.taken("logRecords")) == set(expected))
    assert expected == backend.taken("spans")
