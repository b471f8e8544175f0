"""PostgreSQL of this machine, in a folder of the lab; each app has a database of its own in it."""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import psycopg
from psycopg import sql

from culpa.demo.ports import HOST
from lab.process import Process

PASSWORD = "only-for-the-lab"
#: How many may be connected; "too many connections" opens the rest.
MAX_CONNECTIONS = 40
_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "fsync": "off",
    "max_connections": str(MAX_CONNECTIONS),
    "superuser_reserved_connections": "3",
    "deadlock_timeout": "200ms",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_destination": "jsonlog",
    "log_filename": "postgres",
    "log_rotation_age": "0",
    "log_rotation_size": "0",
    "log_min_duration_statement": "500",
    "log_lock_waits": "on",
    "autovacuum": "off",
}
_TABLES = """
create table items (id int primary key, name text not null, stock int not null check (stock >= 0));
insert into items select n, 'item ' || n, 10 from generate_series(1, 50) as n;
create table orders (id int primary key, item_id int not null references items (id));
create table salaries (id int primary key, amount int);
create table ledger (id int primary key, note text);
insert into ledger select n, repeat('x', 100) from generate_series(1, 200) as n;
grant select, insert, update on items, orders to app;
grant select on ledger to app;
"""


def binaries() -> Path:
    """Return the folder of the newest PostgreSQL. Errors: FileNotFoundError says what to install."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if found:
        return found[-1]
    initdb = shutil.which("initdb")
    if initdb is None:
        raise FileNotFoundError("the lab needs PostgreSQL; run .ci/packages, or install the package postgresql")
    return Path(initdb).resolve().parent


def user() -> int | None:
    """Return whom the database runs as: `nobody` where we are root."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def log(folder: Path) -> Path:
    """Return the log that the collector follows."""
    return folder / "postgres" / "log" / "postgres.json"


def postgres(folder: Path, port: int) -> Process:
    """Create the files of a server, and return the process that serves them; it is not started."""
    data, owner, programs = folder / "postgres", user(), binaries()
    data.mkdir(mode=0o700)
    secret = folder / "postgres-password"
    secret.write_text(PASSWORD)
    if owner is not None:
        os.chown(data, owner, owner)
        os.chown(secret, owner, owner)
    done = subprocess.run(
        [programs / "initdb", "-D", data, "-U", "postgres", "--pwfile", secret, "-A", "scram-sha-256",
         "--encoding=UTF8", "--no-locale", "--no-sync", "--no-instructions"],
        user=owner, group=owner, extra_groups=[] if owner is not None else None, cwd=data, capture_output=True,
        text=True,
    )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(f"initdb failed in {data}: {done.stderr}")
    command = [str(programs / "postgres"), "-D", str(data), "-p", str(port)]
    for name, value in _SETTINGS.items():
        command += ["-c", f"{name}={value}"]
    return Process("postgres", command, lambda: _answers(port), {"PATH": os.defpath, "LC_ALL": "C"}, folder,
                   user=owner, stop_signal=signal.SIGINT)  # fmt: skip


def admin(port: int, database: str = "postgres") -> psycopg.Connection:
    """Connect as the administrator, in autocommit mode."""
    address = f"postgresql://postgres:{PASSWORD}@{HOST}:{port}/{database}"
    return psycopg.connect(address, autocommit=True, connect_timeout=5)


def create_databases(port: int, names: Sequence[str], small_disk: Path | None) -> None:
    """Create a database for each app; with a small disk, each gets a table there that soon fills it."""
    with admin(port) as server:
        server.execute(sql.SQL("create role app login password {}").format(PASSWORD))
        server.execute(sql.SQL("create role crowded login connection limit 0 password {}").format(PASSWORD))
        server.execute(sql.SQL("create role locked nologin password {}").format(PASSWORD))
        server.execute("create database private")
        server.execute("revoke connect on database private from public")
        server.execute("alter role app set temp_file_limit = '1MB'")
        if small_disk is not None:
            server.execute(sql.SQL("create tablespace small location {}").format(str(small_disk)))
            server.execute("grant create on tablespace small to app")
    for name in names:
        with admin(port) as server:
            server.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        with admin(port, name) as database:
            database.execute(_TABLES)
            if small_disk is not None:
                database.execute("create table archive (line text) tablespace small")
                database.execute("grant insert on archive to app")


def garble(server: Process, folder: Path, port: int, names: Sequence[str]) -> None:
    """Damage the file of the table `ledger` of these databases, as a broken disk would; restarts the server."""
    files = []
    for name in names:
        with admin(port, name) as database:
            database.execute("checkpoint")
            row = database.execute("select pg_relation_filepath('ledger')").fetchone()
            assert row is not None
            files.append(folder / "postgres" / str(row[0]))
    server.stop()
    for file in files:
        with file.open("r+b") as pages:
            pages.write(b"\x5a" * 4096)
    server.start()


def terminate(port: int, database: str) -> bool:
    """End the backends of this database that sleep in a query, as an administrator would; say whether there were any."""
    with admin(port) as server:
        ended = server.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s and state = 'active'"
            " and query like '%%pg_sleep%%'", (database,),
        ).fetchall()  # fmt: skip
    return bool(ended)


def _answers(port: int) -> bool:
    try:
        admin(port).close()
    except psycopg.OperationalError:
        return False
    return True
