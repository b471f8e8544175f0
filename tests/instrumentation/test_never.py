"""What never happens, whatever the collector does and whatever breaks inside: harm to the program."""

import contextlib
import functools
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

BIN = Path(sys.executable).parent
#: What a bounded end may take, plus what a busy machine adds.
_END_S = 2.0
_BUSY_S = 1.0

#: Makes every guarded action of ours raise as soon as the app is loaded, with its instrumentation in place.
SABOTAGE = """
import gc, os, types, wrapt

def _broken(*args, **kwargs):
    raise RuntimeError("sabotage")

def _break_all(_):
    broken = 0
    for found in gc.get_objects():
        code = found.__code__ if isinstance(found, types.FunctionType) else None
        if code is not None and code.co_qualname == "guarded.<locals>.decorate.<locals>.run":
            found.__closure__[code.co_freevars.index("action")].cell_contents = _broken
            broken += 1
    print("sabotaged:", broken, flush=True)

wrapt.register_post_import_hook(_break_all, os.environ["APP"])
"""


@pytest.fixture(scope="module")
def collectors(free_port: Any) -> Iterator[Callable[[str], str]]:
    """Return a function that gives the address of a collector that is gone: refusing, silent or swallowed."""
    with contextlib.ExitStack() as stack:
        silent = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=128))
        # Nobody accepts, and the two that fit are in: the kernel drops what comes next, as a firewall does.
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(2):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        with pytest.raises(TimeoutError):
            socket.create_connection(full.getsockname(), 0.3)
        ports = {"refusing": free_port(), "silent": silent.getsockname()[1], "swallowed": full.getsockname()[1]}
        yield lambda kind: f"http://127.0.0.1:{ports[kind]}"


JOB = """
import logging, sqlite3, time
try:
    sqlite3.connect(":memory:").execute("select * from nowhere")
except sqlite3.Error as error:
    logging.getLogger("shop").addHandler(logging.NullHandler())
    logging.getLogger("shop").exception("none left")
    print(time.time(), flush=True)
    raise SystemError("closed") from None
"""
GONE = ("refusing", "silent", "swallowed")
SERVERS = {
    "uvicorn": "--port {port} --log-level warning fastapi_shop:app",
    "gunicorn": "-b 127.0.0.1:{port} --no-control-socket flask_shop:app",
    "granian": "--port {port} --interface asgi fastapi_shop:app",
}


@dataclass
class Ended:
    """A server that was asked twenty times and then stopped; seconds."""

    asked_s: float
    ended_s: float
    output: str


@pytest.fixture(scope="module")
def ended(serve: Any, free_port: Any) -> Callable[..., Ended]:
    """Return a function that runs a server by a command, lets a request fail twenty times and stops it."""

    def run(program: str, prefix: list[str], *, awaited: str = "") -> Ended:
        port = free_port()
        server = serve([*prefix, str(BIN / program), *SERVERS[program].format(port=port).split()], port)
        begun = time.monotonic()
        for _ in range(20):
            assert 500 == server.get("/handled").status_code
        asked_s = time.monotonic() - begun
        while awaited not in server.output and time.monotonic() < begun + 6:
            time.sleep(0.05)
        return Ended(asked_s, server.stop(), server.output)

    return functools.cache(lambda *given, **more: run(given[0], list(given[1:]), **more))


@pytest.mark.parametrize(
    ("program", "kind"),
    [
        *((program, kind) for program in ("uvicorn", "gunicorn") for kind in GONE),
        ("granian", "swallowed"),
    ],
)
def test_a_collector_that_is_gone_delays_neither_answers_nor_the_end(
    ended: Any, collectors: Any, program: str, kind: str
) -> None:
    """Requests are as fast as ever, the end takes at most two seconds longer, and one line is said."""
    plain = ended(program)
    awaited = "telemetry does not reach" if kind == "refusing" else ""
    traced = ended(program, str(BIN / "culpa"), "run", "--endpoint", collectors(kind), "--", awaited=awaited)
    assert traced.asked_s < plain.asked_s + 1
    assert traced.ended_s < plain.ended_s + _END_S + _BUSY_S
    assert ["culpa: telemetry does not reach"] * (kind == "refusing") == _lines(traced.output)[: kind == "refusing"]
    assert len(_lines(traced.output)) <= 1
    assert (kind == "refusing") == (": Connection refused (said once)" in traced.output)
    assert 0 == traced.output.count("opentelemetry")


def _lines(output: str) -> list[str]:
    """Return what is said of telemetry, without where to and why."""
    return [line.partition(" http")[0] for line in output.splitlines() if "culpa: telemetry" in line]


@pytest.mark.parametrize("kind", GONE)
def test_a_program_that_ends_by_itself_is_held_up_for_two_seconds_at_most(
    run_in: Any, culpa_run: Any, collectors: Any, tmp_path: Path, kind: str
) -> None:
    """Also when it dies of an exception: traces, logs and metrics are all waiting then."""
    (tmp_path / "job.py").write_text(JOB)
    plain = run_in([sys.executable, "job.py"], tmp_path)
    traced = run_in(culpa_run(collectors(kind), "python", "job.py"), tmp_path)
    assert time.time() - float(traced.stdout) < _END_S + _BUSY_S
    assert plain.returncode == traced.returncode
    assert plain.stderr == "".join(
        line for line in traced.stderr.splitlines(keepends=True) if not line.startswith("culpa: telemetry")
    )


CODE = """
import sys
def inner():
    raise LookupError("no tea") from ValueError("empty pot")
def outer():
    try:
        inner()
    except LookupError as error:
        error.add_note("in the kitchen")
        raise RuntimeError("no breakfast")
{ending}
"""


@pytest.mark.parametrize(
    "ending",
    [
        "outer()",
        "import threading; t = threading.Thread(target=outer, name='cook'); t.start(); t.join()",
        "import asyncio\nasync def main(): outer()\nasyncio.run(main())",
        "raise ExceptionGroup('both', [ValueError(1), KeyError('a')])",
        "sys.exit('no breakfast')",
        "import concurrent.futures as f\nwith f.ThreadPoolExecutor() as pool: pool.submit(outer).result()",
    ],
)
def test_what_python_prints_of_an_exception_stays_the_same(
    script: Any, run_in: Any, tmp_path: Path, ending: str
) -> None:
    """Every frame, cause and note; in threads, tasks, groups and pools; and the exit status."""
    code = CODE.format(ending=ending)
    traced = script(code)
    plain = run_in([sys.executable, str(tmp_path / "job.py")], tmp_path)
    # The pool's work runs inside of ours, which is a frame of its own.
    ours = [line for line in traced.stderr.splitlines() if "culpa/instrumentation" not in line]
    assert plain.stderr.splitlines() == ours
    assert plain.returncode == traced.returncode


@pytest.mark.parametrize(
    ("program", "app", "arguments", "paths"),
    [
        (
            "uvicorn",
            "fastapi_shop",
            "--port {port} --log-level critical --no-date-header fastapi_shop:app",
            ("/ok", "/raise", "/handled", "/missing", "/http503", "/teapot", "/swallowed", "/sqlite", "/nowhere"),
        ),
        (
            "gunicorn",
            "flask_shop",
            "-b 127.0.0.1:{port} --no-control-socket flask_shop:app",
            ("/ok", "/raise", "/handled", "/nowhere"),
        ),
    ],
)
def test_whatever_breaks_inside_the_answers_stay_the_same(
    serve: Any,
    culpa_run: Any,
    free_port: Any,
    sink: Any,
    tmp_path: Path,
    program: str,
    app: str,
    arguments: str,
    paths: Any,
) -> None:
    """Each of our actions raises; each is said once, however many requests meet it."""
    (tmp_path / "sitecustomize.py").write_text(SABOTAGE)

    def answers(command: list[str], port: int, environ: dict[str, str]) -> tuple[Any, Any]:
        server = serve(command, port, environ)
        found = [server.get(path) for path in paths for _ in range(3)]
        server.stop()
        dates = ("date", "server")
        return server, [
            (one.status_code, one.text, sorted(pair for pair in one.headers.items() if pair[0] not in dates))
            for one in found
        ]

    port = free_port()
    words = arguments.format(port=port).split()
    _, expected = answers([str(BIN / program), *words], port, {})
    port = free_port()
    words = arguments.format(port=port).split()
    environ = {"PYTHONPATH": str(tmp_path), "APP": app}
    server, found = answers(culpa_run(sink.url, program, *words), port, environ)
    assert expected == found
    said = [line for line in server.output.splitlines() if "culpa: " in line]
    broken = int(server.output.partition("sabotaged: ")[2].split()[0])
    assert 30 < broken
    assert 3 < len(said) == len(set(said))
    assert {True} == {"failed (RuntimeError: sabotage); the program runs on without it" in line for line in said}


#: The machine has no thread left for us for a while, and a filter of the program's knows its own records only.
SHORTAGE = """
import logging, time
from culpa.instrumentation import native

start, begun = native._start_new_thread, time.monotonic()

def _start(*args):
    if time.monotonic() < begun + 4:
        raise RuntimeError("can't start new thread")
    start(*args)

native._start_new_thread = _start

class Filter(logging.Filter):
    def filter(self, record):
        return bool(record.request_id)

handler = logging.StreamHandler()
handler.addFilter(Filter())
logging.getLogger().addHandler(handler)
"""


def test_a_process_without_threads_to_spare_serves_and_says_so(
    serve: Any, culpa_run: Any, free_port: Any, sink: Any, tmp_path: Path
) -> None:
    """Failures are sent once there is one again; what is said survives a filter that fails on it."""
    (tmp_path / "sitecustomize.py").write_text(SHORTAGE)
    port = free_port()
    command = culpa_run(sink.url, "uvicorn", "--port", str(port), "fastapi_shop:app")
    server = serve(command, port, {"PYTHONPATH": str(tmp_path)})
    assert [500, 200, 500] == [server.get(path, f"{port:032x}").status_code for path in ("/handled", "/ok", "/handled")]
    assert [] == [x for x in sink.spans if x.trace_id == f"{port:032x}"]
    time.sleep(4)
    assert 200 == server.get("/ok").status_code
    assert sink.wait(lambda s: [x for x in s.spans if x.trace_id == f"{port:032x}" and x.error])
    said = "culpa: starting the thread that sends telemetry failed (RuntimeError: can't start new thread)"
    assert 1 == server.output.count(said)
    server.stop()
