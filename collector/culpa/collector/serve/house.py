"""What a mounted app or a companion reaches of the collector: questions, words of people, and who may come in.

    mount(house) -> (path, app)        # an entry point of the group `culpa.mounts`; app is an ASGI app
    start(house) -> companion          # one of `culpa.companions`: it has a thread of its own, and `close()`

Its methods are called in any thread but that of the event loop on which it was made: what they wait for runs there. One
is `async`, and awaited on the loop: it can be cancelled.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import asynccontextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import pyarrow as pa
from prometheus_client.registry import Collector
from starlette.requests import HTTPConnection

from culpa.collector.admission import Refused, enter, readers
from culpa.collector.intake import Listener
from culpa.collector.queries import Limits, Moment, Questions
from culpa.collector.receivers import Parts, rows_of_words
from culpa.store import HOT_SEGMENT, Parameter, StoreUnavailable, arrow_schema

#: A trace of so many spans is drawn; what is made of the rows takes time of this process, which has others to serve.
_MAX_ROWS: Final = 20_000
_MAX_BYTES: Final = 64 * 1024**2
#: Nobody waits longer before a screen.
_TIMEOUT_S: Final = 15.0
#: Beside the questions of `/v1/sql`, so that neither keeps the other waiting.
_PLACES: Final = 4

#: Of what is asked in the course of one request, also in the threads that work for it.
_MOMENT: Final[ContextVar[Moment | None]] = ContextVar("culpa_moment", default=None)

Word = Literal["labels", "problem_states"]
Answer = TypeVar("Answer")


class House:
    """The collector as a mounted app or a companion sees it. It is a `culpa.store.Store`, too."""

    def __init__(self, parts: Parts, check: Callable[[], dict[str, str]]) -> None:
        """Ask nothing yet; the loop that runs now is the one that answers."""
        settings = parts.settings
        self._loop = asyncio.get_running_loop()
        self._parts = parts
        self._check = check
        limits = Limits(
            timeout_s=min(_TIMEOUT_S, settings.query_timeout_s),
            memory_bytes=settings.query_memory_bytes,
            max_rows=min(_MAX_ROWS, settings.query_max_rows),
            threads=settings.query_threads,
            # Somebody waits: on a busy machine, which is where things go wrong, it must not wait for everything else.
            lasting_s=_TIMEOUT_S,
        )
        self._questions = Questions(parts.store, parts.forker, limits, _PLACES, settings.query_wait_s)

    @property
    def where(self) -> str:
        """Return the store's place as its user named it."""
        return self._parts.store.where

    @property
    def is_live(self) -> bool:
        """Say whether more may arrive."""
        return True

    @property
    def is_writable(self) -> bool:
        """Say that words of people are kept."""
        return True

    @property
    def alarms(self) -> str:
        """Return the path of the file of alarm rules; '' for none."""
        return self._parts.settings.alarms

    @property
    def onward(self) -> str:
        """Return the path of the file of destinations; '' for none."""
        return self._parts.settings.onward

    @property
    def stored_at(self) -> str:
        """Return the address of the system that keeps what is received; '' where the collector does itself."""
        return self._parts.settings.stored_at

    @property
    def commits(self) -> int:
        """Return how often something was stored: the same number as before means that nothing came since."""
        return self._parts.measures.commits

    @property
    def judgements(self) -> int:
        """Return how often traces were judged: the same number as before means that no verdict came since."""
        return self._parts.measures.judgements

    @property
    def wants_token(self) -> bool:
        """Say whether who reads must show a token."""
        return not readers(self._parts.settings).is_open

    def is_token(self, shown: str) -> bool:
        """Say whether this is the read token."""
        return self.wants_token and readers(self._parts.settings).find(shown) is not None

    def refusal(self, connection: HTTPConnection) -> tuple[int, str] | None:
        """Return status and message for who may not read, by token, Host and Origin; None for who may."""
        try:
            enter(connection, self._parts.settings, "read")
        except Refused as refused:
            return refused.status_code, refused.message
        return None

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> pa.Table:
        """Answer one SELECT over a snapshot, in a process of its own or of its `moment`. Errors: StoreError."""
        return self._waited((_MOMENT.get() or self._questions).table(sql, parameters or {}, _MAX_BYTES))

    @asynccontextmanager
    async def moment(self) -> AsyncGenerator[Moment]:
        """Have all that is asked by `query` inside the block answered of one picture of the store. Entered on the loop.

        Before what may take long, as to send an answer does, whoever is inside lets go of the picture.
        """
        moment = Moment(self._questions)
        before = _MOMENT.set(moment)
        try:
            yield moment
        finally:
            _MOMENT.reset(before)
            await moment.close()

    async def answer(self, sql: str) -> pa.Table:
        """Answer one SELECT, awaited on the loop; its process ends when this is cancelled. Errors: StoreError."""
        return await self._questions.table(sql, {}, _MAX_BYTES)

    def keep(self, relation: Word, sent: object) -> None:
        """Keep what a person says; durable when it returns. Errors: ValueError for what is no such word, StoreError."""
        self.add({relation: [rows_of_words()[relation](sent, time.time_ns())]})

    def add(self, rows: Mapping[str, Sequence[Mapping[str, object]]]) -> None:
        """Store rows by relation, all or none; durable when it returns. Errors: StoreError."""
        tables = {
            relation: pa.Table.from_pylist([dict(row) for row in several], schema=arrow_schema(relation))
            for relation, several in rows.items()
        }
        self._waited(self._store(tables))

    async def _store(self, tables: Mapping[str, pa.Table]) -> None:
        await asyncio.wrap_future(await asyncio.to_thread(self._parts.intake.submit_rows, tables))

    def _waited(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """Return what the loop makes of it. Errors: those of the work, StoreUnavailable when the loop has ended."""
        try:
            answer = asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError as error:
            # The loop is closed: nobody will ever wait for it.
            work.close()
            raise StoreUnavailable(f"the collector is stopping ({error})") from error
        try:
            return answer.result()
        except CancelledError as error:
            raise StoreUnavailable("the collector is stopping") from error

    def listen(self, listener: Listener) -> None:
        """Have `listener` told of each body of OTLP that is taken from now on; a sender is answered after its word."""
        self._parts.intake.listen(listener)

    def redacted(self, signal: str, body: bytes, *, is_json: bool) -> bytes:
        """Return a body of OTLP without secrets. Errors: ValueError for what cannot be read."""
        from culpa.collector.redact.export import redact_export

        return redact_export(signal, body, is_json=is_json)

    def folder(self, name: str) -> Path:
        """Return a folder beside the store's files for a companion's own; it is made where it is not there."""
        path = self._parts.store.path
        found = path.parent / name if path.name == HOT_SEGMENT else path.with_name(f"{path.name}.{name}")
        found.mkdir(mode=0o700, exist_ok=True)
        return found

    def measure(self, collector: Collector) -> None:
        """Have what a companion measures shown by `/metrics`, too."""
        self._parts.measures.add(collector)

    def troubles(self) -> dict[str, str]:
        """Return what keeps the collector from working, by part; empty when all is well."""
        return self._check()

    def close(self) -> None:
        """Hold nothing open between questions."""
