"""Real web servers that write the logs which the tests read."""

import http.client
import shutil
import socket
import subprocess
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from culpa.collector.formats import (
    LineSplitter,
    RecordAssembler,
    Row,
    Source,
    by_name,
    recognise,
    source_name,
)

MODULES = "/usr/lib/apache2/modules"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A running web server and where it writes."""

    folder: Path
    port: int
    dead_port: int
    app_port: int

    def get(self, target: str, **headers: str) -> int:
        """Ask for a target; return the status, 0 if the answer broke off."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(
                "GET", target, headers={name.replace("_", "-"): value for name, value in headers.items()}
            )
            answer = connection.getresponse()
            try:
                answer.read()
            except http.client.IncompleteRead:
                return 0
            return answer.status
        finally:
            connection.close()

    def rows(self, file: str, at_least: int, where: Callable[[Row], bool] = lambda row: True) -> list[Row]:
        """Read a log of this server until it has so many rows."""
        deadline = time.monotonic() + 10
        while True:
            found = [row for row in read_log(self.folder / file) if where(row)]
            if len(found) >= at_least or time.monotonic() > deadline:
                return found
            time.sleep(0.05)


def read_log(path: Path) -> list[Row]:
    """Read a log as `culpa ingest` does: its format told by what it holds."""
    content = path.read_bytes() if path.exists() else b""
    known = recognise("log", content.decode().split("\n")[:20])
    if known is None:
        return []
    records = RecordAssembler(known)
    found = [record for line in LineSplitter().feed(content) for record in records.add(line)]
    rows = [known.read(record, Source(source_name(path.name), None)) for record in [*found, *records.flush()]]
    return [row for row in rows if row is not None]


@pytest.fixture(scope="session")
def app_port() -> Iterator[int]:
    """Serve an app behind the web servers: /fail answers 503, /short breaks off, all else 200."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                target = connection.recv(65536).split(b" ")[1]
                status, length = (b"503 No", 2) if b"fail" in target else (b"200 OK", 100 if b"short" in target else 2)
                connection.sendall(
                    b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\nhi" % (status, length)
                )

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield int(listener.getsockname()[1])
    # close alone does not wake accept.
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


@contextmanager
def running(command: list[str], server: Server) -> Iterator[Server]:
    with (server.folder / "out").open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, env={"OTEL_TRACES_EXPORTER": "none", "HOME": str(server.folder)}
        )
    try:
        deadline = time.monotonic() + 20
        while True:
            assert process.poll() is None, (server.folder / "out").read_text()
            try:
                socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < deadline, (server.folder / "out").read_text()
                time.sleep(0.05)
        yield server
    finally:
        process.terminate()
        process.wait(10)


def _prepared(folder: Path, name: str, app_port: int) -> Server:
    server = Server(folder, free_port(), free_port(), app_port)
    words = {
        "folder": folder,
        "port": server.port,
        "dead": server.dead_port,
        "app": app_port,
        "modules": MODULES,
    }
    text = (Path(__file__).parent / "servers" / name).read_text()
    for word, value in words.items():
        text = text.replace(f"@{word}@", str(value))
    (folder / name).write_text(text)
    return server


@pytest.fixture(scope="session")
def nginx(tmp_path_factory: pytest.TempPathFactory, app_port: int) -> Iterator[Server]:
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")
    assert program, "nginx is not installed: apt-get install nginx-light"
    server = _prepared(tmp_path_factory.mktemp("nginx"), "nginx.conf", app_port)
    with running([program, "-e", "stderr", "-c", str(server.folder / "nginx.conf")], server):
        yield server


@pytest.fixture(scope="session")
def caddy(tmp_path_factory: pytest.TempPathFactory, app_port: int) -> Iterator[Server]:
    server = _prepared(tmp_path_factory.mktemp("caddy"), "Caddyfile", app_port)
    program = Path(sysconfig.get_path("scripts")) / "caddy"
    with running([str(program), "run", "--config", str(server.folder / "Caddyfile")], server):
        yield server


@pytest.fixture(scope="session")
def apache(tmp_path_factory: pytest.TempPathFactory, app_port: int) -> Iterator[Server]:
    program = shutil.which("apache2", path="/usr/sbin:/usr/bin")
    if not program:
        pytest.skip("apache2 is not installed: apt-get install apache2-bin")
    folder = tmp_path_factory.mktemp("apache")
    server = _prepared(folder, "apache.conf", app_port)
    (folder / "html").mkdir()
    (folder / "html" / "bad").mkdir()
    (folder / "html" / "bad" / ".htaccess").write_text("NoSuchDirective on\n")
    with running([program, "-f", str(folder / "apache.conf"), "-DFOREGROUND"], server):
        yield server


@pytest.fixture
def facts() -> Callable[[Row], dict[str, object]]:
    """Tell what a row says: its columns without the absent ones, attributes as one mapping."""

    def tell(row: Row) -> dict[str, object]:
        columns = msgspec.structs.asdict(row)
        attributes = dict(zip(columns.pop("attr_keys"), columns.pop("attr_vals"), strict=True))
        kept = {name: value for name, value in columns.items() if value not in ("", 0, -1) or value is False}
        return {**kept, "attributes": attributes}

    return tell


@pytest.fixture
def read() -> Callable[..., Row]:
    """Read one record of a named format, as the first of a file of that name."""

    def from_text(format_name: str, text: str, file_name: str = "some.log", offset: int = 0) -> Row:
        from culpa.collector.formats import Record

        record = Record(text, offset, offset + len(text.encode()) + 1, 1)
        row = by_name(format_name).read(record, Source(source_name(file_name)))
        assert row is not None
        return row

    return from_text
