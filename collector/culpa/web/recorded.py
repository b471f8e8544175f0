"""A house for a store that nobody writes: what `culpa open` serves on this machine's loopback."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Final

import anyio
import anyio.to_thread
import duckdb
import pyarrow as pa
from starlette.requests import HTTPConnection

from culpa.store import DuckDBStore, Parameter, QueryFailed, StoreUnavailable, reading
from culpa.web.house import Word
from culpa.web.unheld import Unheld, unheld

_MAX_ROWS: Final = 20_000
_TIMEOUT_S: Final = 30.0
_OURS: Final = ("127.0.0.1", "localhost", "[::1]")


class Recorded:
    """A segment file or store directory, or a system beyond that is copied into one, opened for reading."""

    def __init__(self, store: DuckDBStore) -> None:
        """Take over an open store."""
        self._store = store

    @property
    def where(self) -> str:
        """Return the place as the user named it."""
        return self._store.where

    @property
    def is_live(self) -> bool:
        """Say that nothing more arrives."""
        return False

    @property
    def is_writable(self) -> bool:
        """Say that no words are kept here: a recording stays as it was given."""
        return False

    @property
    def wants_token(self) -> bool:
        """Say that who is on this machine may read."""
        return False

    def is_token(self, shown: str) -> bool:
        """Say that there is no token."""
        del shown
        return False

    def refusal(self, connection: HTTPConnection) -> tuple[int, str] | None:
        """Refuse names that lead here from elsewhere, and pages of other sites."""
        host = connection.headers.get("host", "")
        name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
        if name.lower() not in _OURS:
            return 403, f"Host {host[:100]!r} is not known here; open http://127.0.0.1"
        origin = connection.headers.get("origin", "")
        site = connection.headers.get("sec-fetch-site", "none")
        if (origin and origin.lower() != f"http://{host.lower()}") or (
            site == "cross-site" and connection.headers.get("sec-fetch-mode") != "navigate"
        ):
            return 403, "a page of another site may not come in here"
        return None

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> pa.Table:
        """Answer one SELECT, in bounded time and rows. Errors: StoreError."""
        return self._query(self._store.cursor(), sql, parameters)

    def moment(self) -> AbstractAsyncContextManager[Unheld]:
        """Hold nothing: all questions are answered of the same rows."""
        return unheld()

    async def answer(self, sql: str) -> pa.Table:
        """Answer one SELECT; the engine is interrupted when this is cancelled. Errors: StoreError."""
        cursor = self._store.cursor()
        try:
            return await anyio.to_thread.run_sync(lambda: self._query(cursor, sql, None), abandon_on_cancel=True)
        except anyio.get_cancelled_exc_class():
            cursor.interrupt()
            raise

    def _query(
        self, cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Parameter] | None
    ) -> pa.Table:
        self._store.make_ready(sql, parameters)
        batches: list[pa.RecordBatch] = []
        with reading(lambda: cursor, sql, parameters, timeout_s=_TIMEOUT_S) as reader:
            rows = 0
            for batch in reader:
                rows += batch.num_rows
                if rows > _MAX_ROWS:
                    raise QueryFailed(f"the answer has more than {_MAX_ROWS} rows; add a limit")
                batches.append(batch)
            return pa.Table.from_batches(batches, schema=reader.schema)

    def keep(self, relation: Word, sent: object) -> None:
        """Refuse. Errors: StoreUnavailable."""
        del relation, sent
        raise StoreUnavailable("a recording is not changed here; `culpa label --store FILE` writes into one")

    def troubles(self) -> dict[str, str]:
        """Return none: nothing runs here."""
        return {}

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()
