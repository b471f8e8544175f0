"""Real servers set up with the snippets as they are printed, and a real collector that hears them."""

import http.client
import http.server
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sysconfig
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from culpa.collector.formats import LineSplitter, RecordAssembler, Row, Source, by_name, source_name
from culpa.instrumentation.snippets import snippet

APPS = Path(__file__).parent / "apps"
SCRIPTS = Path(sysconfig.get_path("scripts"))
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{PARENT}-00"


def free_port() -> int:
    """Return a port where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str, package: str) -> str:
    """Return where a program is. It must be there: CI installs it."""
    places = ["/usr/sbin", "/usr/bin", "/usr/local/bin", *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin")))]
    found = shutil.which(name, path=os.pathsep.join([*places, os.environ.get("PATH", "")]))
    assert found, f"{name} is not installed: apt-get install {package}"
    return found


def clean_environment(**more: str) -> dict[str, str]:
    """Return this environment without what the tests are about."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "CULPA_", "NODE_"))}
    return kept | {"TZ": "UTC"} | more


def get(port: int, target: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    """Ask for a target; return status, body and headers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    try:
        connection.request("GET", target, headers={key.replace("_", "-"): value for key, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace"), dict(answer.getheaders())
    finally:
        connection.close()


def read_log(path: Path, format_name: str) -> list[Row]:
    """Read a log as the collector's tail does."""
    content = path.read_bytes() if path.exists() else b""
    known = by_name(format_name)
    records = RecordAssembler(known)
    found = [record for line in LineSplitter().feed(content) for record in records.add(line)]
    rows = [known.read(record, Source(source_name(path.name))) for record in [*found, *records.flush()]]
    return [row for row in rows if row is not None]


def await_row(path: Path, format_name: str, where: Callable[[Any], bool]) -> Any:
    """Return the first row of a log that fits, as soon as it is written."""
    deadline = time.monotonic() + 10
    while True:
        found = [row for row in read_log(path, format_name) if where(row)]
        if found:
            return found[0]
        assert time.monotonic() < deadline, f"no such row in {path}:\n{path.read_text() if path.exists() else ''}"
        time.sleep(0.05)


class Crew:
    """Processes of one module's tests; all stopped at its end."""

    def __init__(self, folder: Path) -> None:
        """Start with none."""
        self.folder = folder
        self._running: list[tuple[subprocess.Popen[bytes], signal.Signals]] = []

    def start(
        self, command: list[str], port: int, stop: signal.Signals = signal.SIGTERM, name: str = "", **options: Any
    ) -> subprocess.Popen[bytes]:
        """Start a server and wait until its port accepts connections; port 0: do not wait.

        What it prints goes into a file of that name, else of the program's and the port's.
        """
        said = self.folder / (name or f"{Path(command[0]).name}-{port}.out")
        options.setdefault("env", clean_environment())
        options.setdefault("cwd", self.folder)
        with said.open("ab") as out:
            process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True, **options)
        self._running.append((process, stop))
        deadline = time.monotonic() + 40
        while port:
            assert process.poll() is None, said.read_text(errors="replace")
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return process
            except OSError:
                assert time.monotonic() < deadline, said.read_text(errors="replace")
                time.sleep(0.05)
        return process

    def stop(self) -> None:
        """End them all, the last one first."""
        for process, how in reversed(self._running):
            if process.poll() is None:
                process.send_signal(how)
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait(10)


@contextmanager
def a_crew() -> Iterator[Crew]:
    """Start processes in a folder of their own; not in pytest's, which it shuts to other users at every start."""
    folder = Path(tempfile.mkdtemp(prefix="culpa-snippets-"))
    folder.chmod(0o755)
    own = Crew(folder)
    try:
        yield own
    finally:
        own.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def ground() -> Iterator[Crew]:
    """Run what all modules stand on."""
    with a_crew() as own:
        yield own


@pytest.fixture
def own_crew() -> Iterator[Crew]:
    """Run what one test needs."""
    with a_crew() as own:
        yield own


@pytest.fixture(scope="module")
def crew() -> Iterator[Crew]:
    """Run what a module's tests need."""
    with a_crew() as own:
        yield own


def as_nobody(folder: Path) -> dict[str, Any]:
    """Return how to start a program that refuses to run as root, and open a folder to it."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("nobody")
    shutil.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@dataclass
class Postgres:
    """A running PostgreSQL whose postgresql.conf includes the snippet."""

    port: int
    folder: Path
    config: Path
    logs: Path


def start_postgres(crew: Crew, more: str = "") -> Postgres:
    """Start a PostgreSQL set up with its snippet, with a database `shop` for the user `shop`."""
    folder = crew.folder / f"postgres-{free_port()}"
    folder.mkdir()
    user, port, data = as_nobody(folder), free_port(), folder / "data"
    environ = {"LC_ALL": "C", "TZ": "UTC", "HOME": str(folder), "PATH": os.environ.get("PATH", "")}
    initdb = [program("initdb", "postgresql"), "-D", str(data), "-U", "boss", "-A", "trust", "--no-sync", "-E", "UTF8"]
    subprocess.run(initdb, check=True, capture_output=True, env=environ, cwd=folder, **user)
    (data / "pg_hba.conf").write_text("host all keyless 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n")
    (data / "conf.d").mkdir()
    (data / "conf.d" / "culpa.conf").write_text(snippet("postgres", logs=str(folder)) + more)
    config = data / "postgresql.conf"
    with config.open("a") as file:
        file.write(f"include_dir = 'conf.d'\nport = {port}\nlisten_addresses = '127.0.0.1'\nfsync = off\n")
        file.write(f"unix_socket_directories = '{folder}'\nlog_timezone = 'UTC'\nmax_connections = 20\n")
    server = [program("postgres", "postgresql"), "-D", str(data)]
    crew.start(server, port, signal.SIGINT, env=environ, cwd=folder, **user)
    deadline = time.monotonic() + 20
    while True:
        try:
            with psycopg.connect(f"host=127.0.0.1 port={port} user=boss dbname=postgres", autocommit=True) as boss:
                boss.execute("create role shop login")
                boss.execute("create role keyless login")
                boss.execute("create database shop owner shop")
            break
        except psycopg.OperationalError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    with psycopg.connect(f"host=127.0.0.1 port={port} user=shop dbname=shop", autocommit=True) as shop:
        shop.execute("create table orders (id int primary key, note text)")
        shop.execute("insert into orders values (1, 'first')")
    return Postgres(port, folder, config, crew.folder / f"postgres-{port}.out")


@pytest.fixture(scope="session")
def postgres(ground: Crew) -> Postgres:
    """Run one for all."""
    return start_postgres(ground)


@dataclass
class Collector:
    """A running `culpa collect`."""

    url: str

    def verdicts(self, traces: Collection[str]) -> dict[str, dict[str, Any]]:
        """Return the verdicts on these traces once there is one on each that stands."""
        deadline = time.monotonic() + 40
        while True:
            found = {row["trace_id"]: row for row in self.ask("verdicts") if row["trace_id"] in traces}
            if all(trace in found and found[trace]["settled"] for trace in traces):
                return found
            assert time.monotonic() < deadline, f"no settled verdict on some of {traces}: {found}"
            time.sleep(0.5)

    def ask(self, *arguments: str) -> list[dict[str, Any]]:
        """Run a reading command of culpa."""
        command = [str(SCRIPTS / "culpa"), *arguments, "--store", self.url, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, env=clean_environment(), timeout=60)
        assert 0 == done.returncode, done.stderr
        rows: list[dict[str, Any]] = json.loads(done.stdout)
        return rows


@pytest.fixture(scope="session")
def collector(ground: Crew) -> Collector:
    """Run a collector for all."""
    port = free_port()
    ground.start(
        [
            str(SCRIPTS / "culpa"), "collect", "--store", str(ground.folder / "store"), "--http-port", str(port),
            "--grpc-port", "0", "--settle-s", "2", "--min-free-bytes", "1",
        ],
        port,
    )  # fmt: skip
    return Collector(f"http://127.0.0.1:{port}")


@pytest.fixture(scope="session")
def apps() -> Path:
    """Return the folder of the apps."""
    return APPS


@pytest.fixture(scope="session")
def new_port() -> Callable[[], int]:
    """Hand out free ports."""
    return free_port


@pytest.fixture(scope="session")
def environment() -> Callable[..., dict[str, str]]:
    """Make environments for programs."""
    return clean_environment


@pytest.fixture(scope="session")
def ask() -> Callable[..., tuple[int, str, dict[str, str]]]:
    """Ask a server for a target."""
    return get


@pytest.fixture(scope="session")
def find() -> Callable[[str, str], str]:
    """Find a program that a Debian package brings."""
    return program


@pytest.fixture(scope="session")
def row_of() -> Callable[..., Any]:
    """Wait for a row of a log."""
    return await_row


@pytest.fixture(scope="session")
def nobody() -> Callable[[Path], dict[str, Any]]:
    """Say how to run what refuses to be root."""
    return as_nobody


@pytest.fixture(scope="module")
def postgres_with(crew: Crew) -> Callable[[str], Postgres]:
    """Start a PostgreSQL with more settings below the snippet."""
    return lambda more: start_postgres(crew, more)


@pytest.fixture(scope="session")
def caller() -> tuple[str, str, str]:
    """Return the trace, span and traceparent of a caller that does not sample."""
    return TRACE, PARENT, TRACEPARENT


@pytest.fixture(scope="session")
def payments() -> Iterator[int]:
    """Serve an outside service that answers 503, or a redirect to itself."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302 if self.path == "/circle" else 503)
            self.send_header("Location", "/circle")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def fail_all(collector: Collector) -> Callable[[int, dict[str, str]], dict[str, dict[str, Any]]]:
    """Ask a server for paths that fail, each in a trace of its own, and return the verdicts by the paths' names."""

    def once(port: int, paths: dict[str, str]) -> dict[str, dict[str, Any]]:
        traces: dict[str, str] = {}
        for name, path in paths.items():
            traces[name] = secrets.token_hex(16)
            status, _, _ = get(port, path, traceparent=f"00-{traces[name]}-{PARENT}-00")
            assert status >= 500, (name, status)
        found = collector.verdicts(traces.values())
        return {name: found[trace] for name, trace in traces.items()}

    return once
