"""MariaDB of this machine, in a folder of the lab; each app has a database of its own in it."""

import getpass
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pymysql

from culpa.demo.ports import HOST
from lab.process import Process

PASSWORD = "only-for-the-lab"
MAX_CONNECTIONS = 40
_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin"
_TABLES = (
    "create table items (id int primary key, name varchar(80) not null, stock int not null check (stock >= 0))",
    "insert into items select seq, concat('item ', seq), 10 from seq_1_to_50",
    "create table orders (id int primary key, item_id int not null, foreign key (item_id) references items (id))",
    "create table ledger (id int primary key, note varchar(200)) engine = Aria transactional = 0 row_format = page page_checksum = 1",
    "insert into ledger select seq, repeat('x', 100) from seq_1_to_200",
)


def logs(folder: Path) -> dict[str, Path]:
    """Return the logs that the collector follows, by format."""
    place = folder / "mariadb"
    return {
        "mariadb_error": place / "error.log",
        "mariadb_sql_errlog": place / "sql_errors.log",
        "mysql_slow": place / "slow.log",
    }


def mariadb(folder: Path, port: int) -> Process:
    """Create the files of a server, and return the process that serves them; it is not started."""
    program, data = shutil.which("mariadbd", path=_PATH), folder / "mariadb"
    if program is None:
        raise FileNotFoundError("the lab needs MariaDB; run .ci/packages, or install the package mariadb-server")
    # It is root, which MariaDB allows when it is told so, or whoever we are.
    who = getpass.getuser()
    done = subprocess.run(
        ["mariadb-install-db", f"--datadir={data}", f"--user={who}", "--auth-root-authentication-method=normal",
         "--skip-test-db", "--skip-name-resolve"],
        capture_output=True, text=True, env={"PATH": _PATH, "LC_ALL": "C"},
    )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(f"mariadb-install-db failed in {data}: {done.stdout[-600:]} {done.stderr[-600:]}")
    at = logs(folder)
    command = [
        program, "--no-defaults", f"--user={who}", f"--datadir={data}", f"--port={port}", f"--bind-address={HOST}",
        f"--socket={data}/s", f"--pid-file={data}/pid", f"--log-error={at['mariadb_error']}", "--log-warnings=4",
        "--innodb-print-all-deadlocks=ON", "--plugin-load-add=sql_errlog.so", f"--sql-error-log-filename={at['mariadb_sql_errlog']}",
        "--slow-query-log=ON", f"--slow-query-log-file={at['mysql_slow']}", "--long-query-time=0.5",
        f"--max-connections={MAX_CONNECTIONS}", "--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve",
        "--innodb-buffer-pool-size=16M", "--performance-schema=OFF",
    ]  # fmt: skip
    return Process("mariadb", command, lambda: _answers(port), {"PATH": _PATH, "LC_ALL": "C", "TZ": "UTC"}, folder)


def admin(port: int, database: str | None = None) -> "pymysql.Connection[Any]":
    """Connect as the administrator."""
    return pymysql.connect(host=HOST, port=port, user="root", database=database, autocommit=True, connect_timeout=5)


def create_databases(port: int, names: Sequence[str]) -> None:
    """Create a database for each app, and the user that the apps are."""
    with admin(port) as server, server.cursor() as say:
        say.execute("create user app identified by %s", (PASSWORD,))
        say.execute("create user crowded identified by %s with max_user_connections 1", (PASSWORD,))
        say.execute("create user locked identified by %s account lock", (PASSWORD,))
        say.execute("create database private")
        # Not in the apps' own databases, all of whose tables they may read: else a missing table is a forbidden one.
        say.execute("create database hr")
        say.execute("create table hr.salaries (id int primary key, amount int)")
        for name in names:
            say.execute(f"create database {name}")
            say.execute(f"use {name}")
            for statement in _TABLES:
                say.execute(statement)
            say.execute(f"grant select, insert, update on {name}.* to app")
            say.execute(f"grant select, insert, update on {name}.* to crowded")
            say.execute(f"insert into {name}.orders values (78, 22)")


def garble(server: Process, folder: Path, names: Sequence[str]) -> None:
    """Damage the file of the table `ledger` of these databases, as a broken disk would; restarts the server."""
    server.stop()
    for name in names:
        with (folder / "mariadb" / name / "ledger.MAD").open("r+b") as pages:
            pages.seek(8192 + 100)
            pages.write(b"\x5a" * 4096)
    server.start()


def terminate(port: int, database: str) -> bool:
    """End the connections of this database that sleep in a query; say whether there were any."""
    with admin(port) as server, server.cursor() as say:
        say.execute(
            "select id from information_schema.processlist where db = %s and info like '%%sleep%%'", (database,)
        )
        found = [int(row[0]) for row in say.fetchall()]
        for number in found:
            say.execute(f"kill connection {number}")
    return bool(found)


def _answers(port: int) -> bool:
    try:
        admin(port).close()
    except pymysql.MySQLError:
        return False
    return True
