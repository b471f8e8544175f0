"""Who answers on the collector's port without being one: bounded in time and memory, told once, trusted with nothing."""

import contextlib
import gzip
import itertools
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from heard import whole_request
from sweeps import some

from culpa.instrumentation.export.transport import Transport

CULPA = Path(sys.executable).parent / "culpa"
TOKEN = "Bearer s3cr3t-t0ken-of-mine"
OK = b"HTTP/1.1 200 OK\r\n"


@dataclass
class False_:
    """A server that reads a request and then behaves as it was told."""

    url: str
    requests: list[bytes] = field(default_factory=list)


Behaviour = Callable[[socket.socket], None]


@pytest.fixture(scope="module")
def false() -> Iterator[Callable[[Behaviour], False_]]:
    """Return a function that starts a server of one behaviour."""
    open_: list[socket.socket] = []

    def start(behave: Behaviour) -> False_:
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        open_.append(listener)
        here = False_(f"http://127.0.0.1:{listener.getsockname()[1]}")

        def serve(one: socket.socket) -> None:
            with contextlib.suppress(OSError), one:
                while request := whole_request(one):
                    here.requests.append(request)
                    behave(one)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    one = listener.accept()[0]
                    threading.Thread(target=serve, args=(one,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return here

    yield start
    for one in open_:
        one.shutdown(socket.SHUT_RDWR)
        one.close()


def says(answer: bytes) -> Behaviour:
    """Answer with these bytes."""
    return lambda one: one.sendall(answer)


def body(content: bytes, *headers: bytes, status: bytes = OK) -> bytes:
    """Return a whole answer."""
    return status + b"".join(h + b"\r\n" for h in headers) + b"Content-Length: %d\r\n\r\n" % len(content) + content


def drips(first: bytes, each: bytes, seconds: float = 0.0) -> Behaviour:
    """Answer without an end; without a pause many at once, since other servers share this process."""
    piece = each if seconds else each * 64

    def behave(one: socket.socket) -> None:
        one.sendall(first)
        while True:
            one.sendall(piece)
            time.sleep(seconds)

    return behave


BOMB = gzip.compress(b"\0" * 200_000_000, 9)
AGAIN = b"HTTP/1.1 503 Service Unavailable\r\n"
PAGE = body(b"<!DOCTYPE html><title>Log in</title>", b"Content-Type: text/html; charset=utf-8")
#: Behaviour, what is said of it.
KINDS: dict[str, tuple[Behaviour, str]] = {
    "a login page": (says(PAGE), "it answers with a web page (HTTP 200)"),
    "a page without a type": (says(body(b"\n <HTML><body>hi")), "it answers with a web page (HTTP 200)"),
    "endless body": (drips(OK + b"Content-Type: text/plain\r\n\r\n", b"x" * 4096), "longer than 64 KiB"),
    "endless chunks": (
        drips(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"400\r\n" + b"x" * 1024 + b"\r\n"),
        "longer than",
    ),
    "endless header": (drips(OK + b"X-Long: ", b"x" * 1024), "longer than 64 KiB"),
    "endless headers": (drips(OK, b"X-Long: x\r\n"), "its answer is not HTTP"),
    "100 Continue": (drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "longer than 64 KiB"),
    "a header that drips": (drips(OK, b"X", 0.2), "no answer in time"),
    "a body that drips": (drips(OK + b"Content-Length: 999\r\n\r\n", b"x", 0.2), "no answer in time"),
    "says that it is long": (says(OK + b"Content-Length: 99999999999\r\n\r\nabc"), "no answer in time"),
    "bomb": (says(body(BOMB, b"Content-Encoding: gzip")), "longer than 64 KiB"),
    "another protocol": (says(b"SSH-2.0-OpenSSH_9.2\r\n" * 3), "its answer is not HTTP"),
    "retry at once": (says(body(b"", b"Retry-After: -5", status=AGAIN)), "it answers HTTP 503"),
    "retry at no time": (says(body(b"", b"Retry-After: NaN", status=AGAIN)), "it answers HTTP 503"),
    "retry in a century": (says(body(b"", b"Retry-After: 3155760000", status=AGAIN)), "it answers HTTP 503"),
    "retry yesterday": (
        says(body(b"", b"Retry-After: " + formatdate(1).encode(), status=AGAIN)),
        "it answers HTTP 503",
    ),
    "nothing": (lambda one: one.close(), "closed connection without response"),
}
_SOME = some(list(KINDS), 7)

CODE = """
import sqlite3, time
from pathlib import Path
for number in range(3):
    try:
        sqlite3.connect(":memory:").execute("select * from nowhere")
    except sqlite3.Error:
        pass
    time.sleep(0.2)
time.sleep(1.7)
print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0], time.time())
"""


@pytest.fixture(scope="module")
def job(culpa_run: Any, run_in: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Return a function that runs the failing program with a collector at an address."""
    folder = tmp_path_factory.mktemp("job")
    (folder / "job.py").write_text(CODE)
    usual = {"CULPA_METRICS": "off", "CULPA_INFLIGHT_DIR": ""}

    def run(url: str, timeout_s: int = 1, **environ: str) -> Any:
        environ |= {"OTEL_EXPORTER_OTLP_TIMEOUT": str(timeout_s)}
        return run_in(culpa_run(url, "python", "job.py"), folder, **usual, **environ)

    return run


@pytest.fixture(scope="module")
def seen(job: Any, false: Any) -> dict[str, tuple[Any, False_, float]]:
    """Return for each kind what became of the program, what reached the server, and when the program was gone."""

    def run(kind: str) -> tuple[Any, False_, float]:
        behave, said = KINDS[kind]
        server = false(behave)
        # What answers at once may need more than a second where the machine is busy.
        timeout_s = 1 if said == "no answer in time" else 5
        return job(server.url, timeout_s, OTEL_EXPORTER_OTLP_HEADERS=f"authorization={TOKEN}"), server, time.time()

    with ThreadPoolExecutor(3) as pool:
        return dict(zip(_SOME, pool.map(run, _SOME), strict=True))


@pytest.mark.parametrize("kind", _SOME)
def test_a_false_collector_is_told_of_once_and_costs_nothing(seen: Any, kind: str) -> None:
    """One line with the address and what it answered; time, memory and the number of requests have bounds."""
    done, server, ended_s = seen[kind]
    memory_kib, last_line_s = done.stdout.split()
    assert ended_s - float(last_line_s) < 2.5
    assert int(memory_kib) < 90 * 1024
    told = f"culpa: telemetry does not reach {server.url}: "
    said = [line.removeprefix(told) for line in done.stderr.splitlines() if line.startswith(told)]
    assert 1 == sum(KINDS[kind][1] in words for words in said), done.stderr
    # Where the machine is busy, a server that answers at once may still need more than its second: another trouble.
    assert {"no answer in time (said once)"} >= {words for words in said if KINDS[kind][1] not in words}
    assert "s3cr3t" not in done.stderr
    assert 0 < len(server.requests) <= 12


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_with_the_token(job: Any, false: Any, status: int) -> None:
    """Where it leads is told, without what its query holds; nothing is sent there."""
    stranger = false(says(body(b"")))
    to = stranger.url.replace("http://", "http://user:pw1@") + "/v1/traces?key=pw2\x1b[2J"
    answer = body(b"", b"Location: " + to.encode(), status=b"HTTP/1.1 %d Elsewhere\r\n" % status)
    server = false(says(answer))
    done = job(server.url, OTEL_EXPORTER_OTLP_HEADERS=f"authorization={TOKEN}")
    (line,) = [line for line in done.stderr.splitlines() if "does not reach" in line]
    assert f"it redirects (HTTP {status}) to {stranger.url}, where nothing is sent" in line
    assert [] == stranger.requests
    assert not {"pw1", "pw2", "\x1b", "s3cr3t"} & {
        word for word in ("pw1", "pw2", "\x1b", "s3cr3t") if word in done.stderr
    }


def test_a_collector_that_comes_back_gets_what_follows(job: Any, false: Any) -> None:
    """A kept connection that was closed meanwhile is opened anew, and a page once does not end the sending."""
    answers = itertools.chain(
        [PAGE, AGAIN + b"Retry-After: 0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"], itertools.repeat(body(b""))
    )
    server = false(lambda one: one.sendall(next(answers)))
    done = job(server.url)
    assert 3 <= len(server.requests)
    assert 1 == done.stderr.count("does not reach")


def test_credentials_in_an_address_or_a_broken_header_are_not_shown(job: Any, false: Any) -> None:
    """Also not where the request cannot be made at all."""
    server = false(says(body(b"", status=b"HTTP/1.1 404 Not Found\r\n")))
    url = server.url.replace("http://", "http://me:pw1@") + "?token=pw2"
    done = job(url)
    assert "it answers HTTP 404" in done.stderr
    assert not [word for word in ("pw1", "pw2") if word in done.stderr + done.stdout]
    broken = {"OTEL_EXPORTER_OTLP_HEADERS": "authorization=s3cr3t%0d%0atoken"}
    done = job(server.url, **broken)
    assert "check OTEL_EXPORTER_OTLP_HEADERS" in done.stderr
    assert "s3cr3t" not in done.stderr


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (says(PAGE), "is no collector: it answers with a web page (HTTP 200)"),
        (says(body(b"", b"Location: http://else/", status=b"HTTP/1.1 307 Elsewhere\r\n")), "it redirects (HTTP 307)"),
        (drips(OK, b"X", 0.2), "does not answer (no answer in time)"),
        (drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "its answer is longer than 64 KiB"),
        (says(body(b"", status=b"HTTP/1.1 401 No\r\n")), "refuses it (HTTP 401)"),
    ],
)
def test_the_doctor_knows_a_false_collector(false: Any, run_in: Any, behaviour: Behaviour, words: str) -> None:
    """Within seconds, and without a word of the token that it sends."""
    server = false(behaviour)
    url = server.url.replace("http://", "http://me:pw1@")
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_EXPORTER_OTLP_HEADERS": f"authorization={TOKEN}"}
    begun = time.monotonic()
    done = run_in([str(CULPA), "doctor", "--", "python", "-c", "pass"], **environ)
    assert time.monotonic() - begun < 8
    assert f"BLIND      collector: {server.url} " in done.stdout
    assert words in done.stdout
    assert TOKEN.encode() in server.requests[0]
    assert not [word for word in ("pw1", "s3cr3t") if word in done.stdout + done.stderr]


@pytest.mark.parametrize("url", ["http://me:s3#cr3t@host:4318", "http://host:port", "http://[::1", "collector"])
def test_an_address_that_is_none_stops_nothing(job: Any, run_in: Any, url: str) -> None:
    """It is said by the program and by the doctor."""
    assert 1 == job(url).stderr.count("the address is no URL like http://127.0.0.1:4318")
    done = run_in([str(CULPA), "doctor", "--", "python", "-c", "pass"], OTEL_EXPORTER_OTLP_ENDPOINT=url)
    assert "the address is no URL" in done.stdout
    assert "cr3t" not in done.stdout + done.stderr


def test_what_culpa_loads_leaves_tls_to_the_program(script: Any) -> None:
    """A library that keeps a class of ssl's for itself before gevent replaces it would block all greenlets."""
    assert "[]\n" == script("import sys; print([x for x in ('requests', 'urllib3') if x in sys.modules])").stdout


def test_the_whole_environment_of_a_program_is_not_in_its_command_line(false: Any, culpa_run: Any, start: Any) -> None:
    """What `ps` shows every user of the machine."""
    server = false(says(body(b"")))
    code = "import time; time.sleep(3)"
    command = culpa_run(server.url, "python", "-c", code)
    start(command, {"OTEL_EXPORTER_OTLP_HEADERS": f"authorization={TOKEN}"})
    time.sleep(1.5)
    shown = b""
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            shown += place.read_bytes()
    assert code.encode() in shown
    assert TOKEN.encode() not in shown


def test_a_program_that_changes_its_environment_meanwhile_loses_nothing() -> None:
    """Pytest sets a variable before each test and takes it away after; who asks for a proxy reads them all."""
    transport = Transport("http://127.0.0.1:1")
    is_over = threading.Event()

    def change() -> None:
        while not is_over.is_set():
            os.environ["A_TEST_OF_NOW"] = "a test"
            del os.environ["A_TEST_OF_NOW"]

    changing, interval_s = threading.Thread(target=change), sys.getswitchinterval()
    changing.start()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(300):
            with pytest.raises(ConnectionRefusedError):
                transport.post(b"", {}, 5)
    finally:
        sys.setswitchinterval(interval_s)
        is_over.set()
        changing.join()
