"""What administrators, other programs and bad luck do to a database."""

import signal
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Any

from lab.acts.processes import PATIENCE_S, process_name
from lab.cell import Cell
from lab.services import mariadb, postgres
from lab.world import World


def terminate(on: World, cell: Cell) -> None:
    """End the sleeping query of the request, as a database's administrator would."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if cell.app.system == "postgresql":
            done = postgres.terminate(on.ports.postgres, cell.app.name)
        else:
            done = mariadb.terminate(on.ports.mariadb, cell.app.name)
        if done:
            return
        time.sleep(0.1)
    raise TimeoutError(f"no query of {cell.app.name} slept")


def restart_database(on: World, cell: Cell) -> None:
    """Restart the database while the request's query runs."""
    time.sleep(0.8)
    process = on.processes[process_name(cell, "database")]
    process.stop()
    process.start()


def kill_database(on: World, cell: Cell) -> None:
    """Kill the database with SIGKILL while the request's query runs, and start it again."""
    time.sleep(0.8)
    process = on.processes[process_name(cell, "database")]
    process.send(signal.SIGKILL)
    process.stop()
    process.start()


@contextmanager
def no_connections_left(on: World, cell: Cell) -> Generator[None]:
    """Take every connection that the database has for ordinary users."""
    with ExitStack() as held:
        for _ in range(60):
            try:
                held.callback(_connect(on, cell).close)
            except Exception:
                break
        yield


def _connect(on: World, cell: Cell) -> Any:
    if cell.app.system == "postgresql":
        import psycopg

        return psycopg.connect(
            f"postgresql://app:{postgres.PASSWORD}@127.0.0.1:{on.ports.postgres}/{cell.app.name}", connect_timeout=2
        )
    import pymysql

    return pymysql.connect(
        host="127.0.0.1", port=on.ports.mariadb, user="app", password=mariadb.PASSWORD, database=cell.app.name,
        connect_timeout=2,
    )  # fmt: skip


@contextmanager
def locked_file(on: World, cell: Cell) -> Generator[None]:
    """Hold SQLite's write lock, as a second program that uses the file would."""
    import sqlite3

    with sqlite3.connect(on.folder / f"{cell.app.name}.db", isolation_level=None) as database:
        database.execute("begin exclusive")
        yield
        database.execute("rollback")
    database.close()
