"""The shop's connections: a pool for selling, and a small read-only one that keeps reports out of its way."""

from collections.abc import Generator
from contextlib import contextmanager

from psycopg import Connection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool

from .settings import Settings

#: A report may not run longer (milliseconds).
REPORT_LIMIT_MS = 2000
#: How long a report waits for the only connection that reports have (seconds).
REPORT_PATIENCE_S = 0.5


class Database:
    """The pools of one process."""

    def __init__(self, settings: Settings) -> None:
        """Prepare both pools; `open` connects."""
        self._selling: ConnectionPool[Connection[DictRow]] = ConnectionPool(
            settings.database_url, min_size=1, max_size=8, timeout=5.0, open=False,
            connection_class=Connection[DictRow], kwargs={"row_factory": dict_row},
        )  # fmt: skip
        options = f"-c default_transaction_read_only=on -c statement_timeout={REPORT_LIMIT_MS}"
        self._reports: ConnectionPool[Connection[DictRow]] = ConnectionPool(
            settings.database_url, min_size=1, max_size=1, timeout=REPORT_PATIENCE_S, open=False,
            connection_class=Connection[DictRow], kwargs={"row_factory": dict_row, "options": options},
        )  # fmt: skip

    def open(self) -> None:
        """Connect; the shop does not start without its database."""
        self._selling.open(wait=True, timeout=10)
        self._reports.open(wait=True, timeout=10)

    def close(self) -> None:
        """Close every connection."""
        self._selling.close()
        self._reports.close()

    @contextmanager
    def selling(self) -> Generator[Connection[DictRow]]:
        """Give a connection in a transaction that commits at the end of the block."""
        with self._selling.connection() as connection:
            yield connection

    @contextmanager
    def reports(self) -> Generator[Connection[DictRow]]:
        """Give the one connection for reports. Errors: PoolTimeout when another report holds it."""
        with self._reports.connection() as connection:
            yield connection
