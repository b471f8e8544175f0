"""Apps that fork within their requests, under servers of every kind: as if culpa were not there."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

BIN = Path(sys.executable).parent
PATHS = ("/ok", "/fork", "/command", "/prepared", "/process", "/thread", "/raise")
ROUNDS = 8
#: What a bounded end may take, plus what a busy machine adds.
_END_S = 0.8 + 1.5
SERVERS = {
    "gevent": "gunicorn -k gevent -w 2 --no-control-socket -b 127.0.0.1:{port} fork_shop:app",
    "gevent, loaded before": "gunicorn -k gevent --preload -w 2 --no-control-socket -b 127.0.0.1:{port} fork_shop:app",
    "threads": "gunicorn -k gthread --threads 4 -w 2 --no-control-socket -b 127.0.0.1:{port} fork_shop:app",
    "processes": "gunicorn -w 2 --no-control-socket -b 127.0.0.1:{port} fork_shop:app",
    "recycled": "gunicorn -k gthread --threads 4 -w 2 --max-requests 20 --no-control-socket -b 127.0.0.1:{port} fork_shop:app",
}


@dataclass
class Served:
    """What became of a server that was asked from all sides and then told to end."""

    answers: Counter[tuple[str, int | str]]
    ended_s: float
    left: list[str]
    output: str


def _group(leader: int) -> list[str]:
    """Return the processes of a group that still run."""
    found: list[str] = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = place.read_text().rpartition(") ")
        except OSError:
            continue
        state, _parent, group, *_ = rest.split()
        if int(group) == leader and state != "Z":
            found.append(name)
    return found


def _served(serve: Any, command: list[str], port: int, stop: signal.Signals) -> Served:
    server = serve(command, port)

    def ask(path: str) -> tuple[str, int | str]:
        try:
            return path, httpx.get(server.url + path, timeout=20, trust_env=False).status_code
        except httpx.HTTPError as error:
            return path, type(error).__name__

    with ThreadPoolExecutor(12) as pool:
        # Counted here, in one thread: `counter[key] += 1` of two threads at once loses one.
        answers = Counter(pool.map(ask, PATHS * ROUNDS))
    begun = time.monotonic()
    server.process.send_signal(stop)
    server.process.wait(40)
    ended_s = time.monotonic() - begun
    left = _group(server.process.pid)
    if left:
        os.killpg(server.process.pid, signal.SIGKILL)
    return Served(answers, ended_s, left, server.output)


def _words(server: str, port: int) -> list[str]:
    program, *words = SERVERS[server].format(port=port).split()
    return [str(BIN / program), *words]


@pytest.mark.parametrize("server", SERVERS)
def test_forking_requests_are_answered_and_the_server_ends_as_without_culpa(
    serve: Any, culpa_run: Any, free_port: Any, sink: Any, server: str
) -> None:
    """Every request has its answer and its span, no process stays behind, nothing is printed that was not before."""
    pytest.importorskip("gevent")
    expected = Counter({(path, 500 if path == "/raise" else 200): ROUNDS for path in PATHS})
    port = free_port()
    plain = _served(serve, _words(server, port), port, signal.SIGTERM)
    sink.spans.clear()
    port = free_port()
    program, *words = _words(server, port)
    traced = _served(serve, culpa_run(sink.url, program.rpartition("/")[2], *words), port, signal.SIGTERM)
    assert expected == plain.answers == traced.answers
    assert [] == plain.left == traced.left
    assert traced.ended_s < plain.ended_s + _END_S
    assert [] == _strange(traced.output, plain.output)
    # What is sent again because an answer was lost is the same span, and the collector keeps it once.
    told = {span.span_id: span.attributes["url.path"] for span in sink.spans if span.kind == 2}
    spans = Counter(told.values())
    assert dict.fromkeys(PATHS[1:], ROUNDS) == {path: spans[path] for path in PATHS[1:]}


def _reloaded_and_ended(server: Any) -> float | None:
    """Return how long a quick end took after two reloads, in seconds; None where gunicorn itself lost a request or it."""
    try:
        for round_ in range(3):
            answers = [httpx.get(f"{server.url}{path}", timeout=20) for path in ("/fork", "/raise", "/thread")]
            assert [200, 500, 200] == [answer.status_code for answer in answers]
            if round_ < 2:
                server.process.send_signal(signal.SIGHUP)
                time.sleep(2)
        begun = time.monotonic()
        server.process.send_signal(signal.SIGQUIT)
        server.process.wait(10)
    except (httpx.ReadTimeout, subprocess.TimeoutExpired):
        os.killpg(server.process.pid, signal.SIGKILL)
        return None
    return time.monotonic() - begun


def test_a_reload_and_a_quick_end_find_nothing_that_holds_them_up(serve: Any, culpa_run: Any, free_port: Any) -> None:
    """SIGHUP makes new workers, SIGQUIT ends at once; here with a collector that refuses everything.

    On a busy machine gunicorn's gevent worker now and then misses a signal, with culpa or without it
    (2 ends of 100, 20 reloads of 100): what held it up every time would be culpa.
    """
    pytest.importorskip("gevent")
    for _ in range(4):
        port = free_port()
        server = serve(culpa_run(f"http://127.0.0.1:{free_port()}", *SERVERS["gevent"].format(port=port).split()), port)
        ended_s = _reloaded_and_ended(server)
        if ended_s is not None:
            break
    assert ended_s is not None
    assert ended_s < 3 + _END_S
    assert [] == _group(server.process.pid)


def test_a_child_that_leaves_in_the_middle_of_a_request_does_not_end_its_parents_request(
    script: Any, sink: Any
) -> None:
    """The span is the parent's to tell, once; the child's exit is no failure of the request."""
    code = """
        import os, sys
        from opentelemetry import trace

        with trace.get_tracer("shop").start_as_current_span("GET /leaves", kind=trace.SpanKind.SERVER):
            child = os.fork()
            if child == 0:
                sys.exit(3)
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """
    assert "3\n" == script(code).stdout
    assert [False] == [span.error for span in sink.spans if span.name == "GET /leaves"]


def _strange(output: str, usual: str) -> list[str]:
    """Return the kinds of trouble that are printed with culpa only."""
    words = ("Error", "Warning", "ignored", "culpa: ")
    kinds = {line.partition(":")[0] for line in output.splitlines() if any(word in line for word in words)}
    own = {line.partition(":")[0] for line in usual.splitlines()}
    return sorted(kind for kind in kinds - own if "blind spots" not in kind and kind != "culpa")
