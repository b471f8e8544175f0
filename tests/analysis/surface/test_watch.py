"""`culpa watch`: live on a terminal, a line for each new verdict elsewhere, and patient when nobody answers."""

import fcntl
import json
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest
from sweeps import some

from culpa.store import RemoteStore

CULPA = [sys.executable, "-m", "culpa.instrumentation.cli"]
ENV = {name: value for name, value in os.environ.items() if not name.startswith("CULPA_")} | {"TERM": "xterm-256color"}
WAIT_S = 60.0


class Collector:
    """A real collector on a port of its own, that can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        """Choose a free port."""
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = ["--store", str(self.folder / "store"), "--http-port", str(self.port), "--grpc-port", "0"]
        options += ["--min-free-bytes", "0", "--settle-s", "0.5", "--provisional-s", "0.4"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*CULPA, "collect", *options], stdout=log, stderr=log, env=ENV, cwd=self.folder
            )
        _until(self.answers, "the collector answers")

    def answers(self) -> bool:
        """Say whether it is up."""
        return self._ask("GET", "/readyz") == 200

    def fail(self, number: int, kind: str = "KeyError") -> str:
        """Send a request that failed of an exception; return its trace id."""
        trace_id, now = f"{number:032x}", time.time_ns()
        event = {
            "timeUnixNano": str(now),
            "name": "exception",
            "attributes": [_text("exception.type", kind), _text("exception.message", f"no {number}")],
        }
        span = {
            "traceId": trace_id, "spanId": f"{number:016x}", "name": "GET /cart", "kind": 2,
            "startTimeUnixNano": str(now - 1_000_000), "endTimeUnixNano": str(now), "status": {"code": 2}, "events": [event],
            "attributes": [_text("http.request.method", "GET"), _text("http.route", "/cart"), {"key": "http.response.status_code", "value": {"intValue": "500"}}],
        }  # fmt: skip
        body = {
            "resourceSpans": [
                {"resource": {"attributes": [_text("service.name", "shop")]}, "scopeSpans": [{"spans": [span]}]}
            ]
        }
        assert 200 == self._ask("POST", "/v1/traces", json.dumps(body))
        return trace_id

    def _ask(self, method: str, path: str, body: str | None = None) -> int:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            return connection.getresponse().status
        except (OSError, HTTPException):
            return 0
        finally:
            connection.close()

    def stop(self) -> None:
        """Stop it."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)


def _text(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


def _until(holds: Callable[[], bool], what: str) -> None:
    give_up_at = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < give_up_at, what
        time.sleep(0.05)


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Collector]:
    made = Collector(tmp_path)
    made.start()
    yield made
    made.stop()


class Printed:
    """`culpa watch` without a terminal; what it prints goes into files."""

    def __init__(self, folder: Path, *options: str) -> None:
        """Start it."""
        self.out, self.err = folder / "watch.out", folder / "watch.err"
        with self.out.open("wb") as out, self.err.open("wb") as err:
            command = [*CULPA, "watch", "--every", "0.3", *options]
            self.process = subprocess.Popen(
                command, stdout=out, stderr=err, stdin=subprocess.DEVNULL, env=ENV, cwd=folder
            )

    def lines(self) -> list[str]:
        """Return what was printed."""
        return self.out.read_text("utf-8").splitlines()

    def said(self) -> list[str]:
        """Return what was said beside it."""
        return self.err.read_text("utf-8").splitlines()

    def watches(self) -> bool:
        """Say whether it has looked once."""
        return any(line.startswith("watching ") for line in self.said())

    def end(self, order: signal.Signals) -> int:
        """Order it to end; return its exit status."""
        self.process.send_signal(order)
        return self.process.wait(10)


def test_each_new_verdict_is_one_line(collector: Collector, tmp_path: Path) -> None:
    """What was there before is not new; what filters leave out is not shown."""
    old = collector.fail(1)
    _until(lambda: _verdicts(collector) == 1, "the old one is judged")
    watching = Printed(tmp_path, "--store", collector.url, "--text", "KeyError")
    _until(watching.watches, "it has looked")
    new = [collector.fail(2), collector.fail(3)]
    other = collector.fail(4, "ValueError")
    _until(lambda: _verdicts(collector) == 4 and len(watching.lines()) >= 2, "all are judged and seen")
    time.sleep(1)
    assert 0 == watching.end(signal.SIGTERM), watching.said()
    assert sorted(new) == sorted(line.split()[-1] for line in watching.lines())
    assert all("500  GET /cart (shop)  app.unhandled_exception  shop  " in line for line in watching.lines())
    assert not any(trace_id in line for trace_id in (old, other) for line in watching.lines())
    assert [f"watching {collector.url}"] == watching.said()


def test_what_came_since_a_time_is_printed_first(collector: Collector, tmp_path: Path) -> None:
    """The oldest comes first."""
    ids = [collector.fail(number) for number in (1, 2)]
    _until(lambda: _verdicts(collector) == 2, "they are judged")
    watching = Printed(tmp_path, "--store", collector.url, "--since", "1h")
    _until(lambda: len(watching.lines()) == 2, "both are seen")
    assert 0 == watching.end(signal.SIGINT)
    assert ids == [line.split()[-1] for line in watching.lines()]


def test_it_waits_for_a_collector_that_does_not_answer(collector: Collector, tmp_path: Path) -> None:
    """It says why, not again and again, goes on trying, and says when it answers again."""
    watching = Printed(tmp_path, "--store", collector.url)
    _until(watching.watches, "it has looked")
    collector.stop()
    # A question that was on its way may have got another answer.
    _until(lambda: any(collector.url in line for line in watching.said()[1:]), "it says so")
    time.sleep(1)
    collector.start()
    _until(lambda: watching.said().count(f"watching {collector.url}") == 2, "it says that it answers")
    found = collector.fail(1)
    _until(lambda: len(watching.lines()) == 1, "the new one is seen")
    assert 0 == watching.end(signal.SIGINT)
    assert all(line.startswith("trying again: ") for line in watching.said()[1:-1])
    # Why it does not answer may be told in some ways.
    assert 6 >= len(watching.said())
    assert found in watching.lines()[0]


def test_a_place_that_is_none_ends_it(tmp_path: Path) -> None:
    """Waiting would not help who mistyped."""
    watching = Printed(tmp_path, "--store", str(tmp_path / "nothing.duckdb"))
    assert 2 == watching.process.wait(30)
    assert "no store at" in watching.said()[-1]


def test_a_file_is_watched_and_may_be_written_in_between(tmp_path: Path) -> None:
    """`culpa ingest` adds to the file that is watched."""
    log = tmp_path / "access.log"
    line = '1.2.3.4 - - [{}] "GET /{} HTTP/1.1" 502 12 "-" "-"\n'
    when = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime())

    def ingest(name: str) -> None:
        log.write_text(line.format(when, name))
        for _attempt in range(10):
            done = subprocess.run(
                [*CULPA, "ingest", str(log), "--db", str(tmp_path / "c.duckdb"), "--quiet"], env=ENV, cwd=tmp_path
            )
            if done.returncode == 0:
                return
            time.sleep(0.1)
        pytest.fail("the file could not be written")

    ingest("first")
    watching = Printed(tmp_path, "--store", str(tmp_path / "c.duckdb"), "--every", "2")
    _until(watching.watches, "it has looked")
    ingest("second")
    _until(lambda: len(watching.lines()) == 1, "the new one is seen")
    assert 0 == watching.end(signal.SIGINT)
    assert "GET /second" in watching.lines()[0]


class Terminal:
    """`culpa watch` on a terminal of a size."""

    def __init__(self, *options: str, columns: int = 100, lines: int = 24) -> None:
        """Start it."""
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.before = termios.tcgetattr(theirs)
        self.theirs = theirs
        self.process = subprocess.Popen(
            [*CULPA, "watch", *options], stdin=theirs, stdout=theirs, stderr=theirs, env=ENV, start_new_session=True,
            # Or Ctrl-C would mean nothing to it.
            preexec_fn=lambda: fcntl.ioctl(theirs, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        self.seen = ""

    def read(self, seconds: float) -> str:
        """Read what is written within so many seconds."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and select.select([self.ours], [], [], left)[0]:
            self.seen += os.read(self.ours, 65536).decode("utf-8", "replace")
        return self.seen

    def shows(self, text: str) -> bool:
        """Say whether a text was shown by now."""
        return text in self.read(0.2)

    def end(self, key: bytes) -> int:
        """Press a key."""
        os.write(self.ours, key)
        status = self.process.wait(10)
        self.read(0.2)
        return status


@pytest.mark.parametrize("key", some([b"\x03", b"q"], 1))
def test_a_terminal_shows_problems_and_verdicts(collector: Collector, key: bytes) -> None:
    """Nothing is wiped out between two looks; the terminal is left as it was found, and no line is wider than it is."""
    collector.fail(1)
    _until(lambda: _verdicts(collector) == 1, "it is judged")
    terminal = Terminal("--store", collector.url, "--every", "0.3")
    _until(lambda: terminal.shows("app.unhandled_exception"), "the first is shown")
    collector.fail(2)
    _until(lambda: terminal.shows("  2 "), "the problem has two requests")
    collector.stop()
    _until(lambda: terminal.shows("trying again"), "that nobody answers is shown")
    assert 0 == terminal.end(key)
    assert "q ends" in terminal.seen and "Newest failed requests" in terminal.seen
    first = terminal.seen.index("\x1b[?1049h")
    assert first < terminal.seen.index("app.unhandled_exception") < terminal.seen.rindex("\x1b[?1049l")
    assert 1 >= terminal.seen.count("\x1b[2J")
    assert terminal.before == termios.tcgetattr(terminal.theirs)


def _verdicts(collector: Collector) -> int:
    return len(RemoteStore(collector.url).query("select trace_id from verdicts where settled"))
