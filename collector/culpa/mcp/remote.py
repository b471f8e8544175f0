"""A house for a running collector elsewhere: what `culpa mcp --store http://…` asks, over `/v1/sql`."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager

import anyio.to_thread
import pyarrow as pa
from starlette.requests import HTTPConnection

from culpa.store import Parameter, RemoteStore, StoreUnavailable
from culpa.web.house import Word
from culpa.web.unheld import Unheld, unheld


class Remote:
    """A collector that is asked over HTTP; its limits and its token are its own."""

    is_live = True
    is_writable = False
    wants_token = False

    def __init__(self, store: RemoteStore) -> None:
        """Take over a store; nothing is asked yet."""
        self._store = store

    @property
    def where(self) -> str:
        """Return the collector's address."""
        return self._store.where

    def is_token(self, shown: str) -> bool:
        """Say that nobody shows a token here."""
        del shown
        return False

    def refusal(self, connection: HTTPConnection) -> tuple[int, str] | None:
        """Let in whoever started the process: nothing listens."""
        del connection
        return None

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> pa.Table:
        """Answer one SELECT. Errors: StoreError."""
        return self._store.query(sql, parameters)

    def moment(self) -> AbstractAsyncContextManager[Unheld]:
        """Hold nothing: the collector answers each question by itself."""
        return unheld()

    async def answer(self, sql: str) -> pa.Table:
        """Answer one SELECT; the collector ends it when nobody waits any more. Errors: StoreError."""
        return await anyio.to_thread.run_sync(lambda: self._store.query(sql), abandon_on_cancel=True)

    def keep(self, relation: Word, sent: object) -> None:
        """Refuse. Errors: StoreUnavailable."""
        del relation, sent
        raise StoreUnavailable("nothing is written from here")

    def troubles(self) -> dict[str, str]:
        """Return none that is known here: a collector that does not answer says so at each question."""
        return {}

    def close(self) -> None:
        """Let go of it."""
        self._store.close()
