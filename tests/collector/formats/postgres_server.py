"""A real PostgreSQL that writes all three of its log formats at once."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PREFIX = "%m [%p] %q[user=%u,db=%d,app=%a,client=%h,sid=%c,vxid=%v,txid=%x,sqlstate=%e] "
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "log_destination": "stderr,csvlog,jsonlog",
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgresql.log",
    "log_line_prefix": PREFIX,
    "log_min_duration_statement": "150",
    "log_connections": "on",
    "log_disconnections": "on",
    "log_lock_waits": "on",
    "deadlock_timeout": "100",
    "log_timezone": "UTC",
    "fsync": "off",
    "max_connections": "8",
}


@dataclass
class Postgres:
    """A running server."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def dsn(self) -> str:
        """Return how to connect as the administrator."""
        return f"host=127.0.0.1 port={self.port} user=boss dbname=postgres"

    def log(self, suffix: str) -> Path:
        """Return the log in one of its formats: log, csv, json."""
        return self.folder / "data" / "log" / f"postgresql.{suffix}"


def _program(name: str) -> str:
    places = [str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    found = shutil.which(name, path=os.pathsep.join([*places, os.environ.get("PATH", "")]))
    assert found, f"{name} is not installed: apt-get install postgresql"
    return found


def _as_user(folder: Path) -> dict[str, object]:
    """Return how to start its programs: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("nobody")
    shutil.chown(folder, user.pw_uid, user.pw_gid)
    for parent in folder.parents:
        if parent.stat().st_uid == 0 and str(parent).startswith("/tmp/"):
            parent.chmod(parent.stat().st_mode | 0o011)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@contextmanager
def running_postgres(folder: Path) -> Iterator[Postgres]:
    """Run a server of its own until the end."""
    user = _as_user(folder)
    data = folder / "data"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {"LC_ALL": "C", "TZ": "UTC", "HOME": str(folder), "PATH": os.environ.get("PATH", "")}
    options = {"env": environment, "cwd": folder, "stdout": subprocess.DEVNULL, **user}
    subprocess.run(
        [_program("initdb"), "-D", str(data), "-U", "boss", "-A", "trust", "--no-sync", "-E", "UTF8"],
        check=True, stderr=subprocess.PIPE, **options,
    )  # fmt: skip
    (data / "pg_hba.conf").write_text("host all keyless 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n")
    arguments = [f"-c{name}={value}" for name, value in SETTINGS.items()]
    command = [_program("postgres"), "-D", str(data), "-p", str(port), "-k", str(folder), *arguments]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, **options)
    try:
        ready = data / "log" / "postgresql.log"
        deadline = time.monotonic() + 30
        while not (ready.exists() and b"ready to accept" in ready.read_bytes()):
            assert process.poll() is None and time.monotonic() < deadline, "PostgreSQL did not start"
            time.sleep(0.05)
        yield Postgres(folder, port, process)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
