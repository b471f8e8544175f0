"""Ask a child questions, one after the other, and read each answer as it comes."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import asdict

from culpa.collector.queries.forker import LOST, Child
from culpa.collector.queries.frames import DATA, END, ERROR, HEAD, SIZE, error_of, held_of
from culpa.collector.queries.limits import Limits
from culpa.store import Parameter, QueryFailed, Snapshot, StoreError, StoreUnavailable

#: So much is held back before the answer's first byte is sent on: an error until then has a status of its own.
_FIRST_BYTES = 4 * 1024**2
#: How long the death of a child may come later than the end of its socket.
_DEATH_S = 5.0


class Answer:
    """The answers of one child: `begin` one, iterate over its rest, begin the next; `close` in any case."""

    def __init__(self, child: Child, limits: Limits) -> None:
        """Belong to a child that was not asked yet."""
        self._child = child
        self._limits = limits
        self._is_ended = False
        self._is_well = True
        self._picture: Snapshot | None = None
        #: Of memory, when it last answered.
        self.held_bytes = 0
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    @property
    def is_waiting(self) -> bool:
        """Say whether it has answered all that it was asked, and waits for the next question."""
        is_there = self._reader is not None and not self._reader.at_eof() and not self._child.signal.done()
        return is_there and self._is_ended and self._is_well

    def when_gone(self, told: Callable[["Answer"], None]) -> None:
        """Tell when its process has ended, for whatever reason."""
        self._child.signal.add_done_callback(lambda _: told(self))

    def renew(self, snapshot: Snapshot) -> None:
        """Have the next question, and those after it, answered of another picture of the same store."""
        self._picture = snapshot

    async def begin(
        self,
        sql: str,
        parameters: Mapping[str, Parameter],
        *,
        is_checked: bool = False,
        form: str = "arrow",
        is_last: bool = False,
        is_whole: bool = False,
    ) -> list[bytes]:
        """Ask; return the beginning of the answer, all of it if it is small.

        `form`: of `WRITERS`.
        `is_last`: the question is not asked again, so what the engine says of bytes that it cannot read is its answer.
        `is_whole`: the answer is small, and is sent once all of it is there.
        Errors: StoreError, after which the child answers no more; StoreRewritten where a new picture may do.
        """
        asked = {"query": sql, "parameters": parameters}
        ways = {"is_checked": is_checked, "form": form, "is_last": is_last, "is_whole": is_whole}
        picture, self._picture = self._picture, None
        question = json.dumps(asked | ways | {"snapshot": asdict(picture) if picture else None}).encode()
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(sock=self._child.connection)
        self._is_ended = False
        first: list[bytes] = []
        try:
            self._writer.write(SIZE.pack(len(question)) + question)
            await self._writer.drain()
        except OSError as error:
            raise await self._death() from error
        size = 0
        while size < _FIRST_BYTES and (part := await self._part(self._reader)):
            first.append(part)
            size += len(part)
        return first

    async def rest(self) -> AsyncIterator[bytes]:
        """Yield what comes after the beginning. Errors: StoreError, and then the answer is not whole."""
        while self._reader and not self._is_ended and (part := await self._part(self._reader)):
            yield part

    async def _part(self, reader: asyncio.StreamReader) -> bytes:
        """Return the next bytes, none at the good end."""
        try:
            letter, size = HEAD.unpack(await reader.readexactly(HEAD.size))
            part = await reader.readexactly(size)
        except (OSError, asyncio.IncompleteReadError) as error:
            raise await self._death() from error
        if letter == DATA:
            return part or await self._part(reader)
        self._is_ended = True
        if letter == ERROR:
            self._is_well = False
            raise error_of(part)
        assert letter == END, letter  # noqa: S101 - the child is ours
        self.held_bytes = held_of(part)
        return b""

    async def _death(self) -> StoreError:
        """Say what ended a child that did not say it itself."""
        self._is_ended, self._is_well = True, False
        number = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(_DEATH_S):
                await self._disconnect()
                number = await self._child.signal
        if number in (signal.SIGALRM, signal.SIGXCPU):
            return QueryFailed(
                f"the query was stopped after {self._limits.timeout_s:g} s; narrow it, for instance by time"
            )
        if number == LOST:
            # Another query held it up, or the collector is stopping.
            return StoreUnavailable("the process of queries was replaced while the query ran; ask again")
        name = signal.Signals(number).name if number else "no signal"
        return QueryFailed(
            f"the query ended its process ({name}); most likely it needs more than {self._limits.memory_bytes} bytes "
            "of memory (query_memory_bytes): narrow it"
        )

    async def _disconnect(self) -> None:
        """End the connection. What broke it is told already: asyncio would log it as an error that nobody looked at."""
        if self._writer:
            self._writer.close()
            with suppress(OSError):
                await self._writer.wait_closed()

    def close(self) -> None:
        """End the child, if it still runs, and its socket. May be called twice."""
        self._is_well = False
        self._child.kill()
        if self._writer:
            self._writer.close()
        else:
            self._child.connection.close()
