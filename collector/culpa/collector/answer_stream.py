"""Carry an answer from the thread that makes it to the event loop that sends it, never far ahead."""

import asyncio
import io
import threading
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from culpa.store import QueryFailed, StoreError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

#: So much is held back before the answer's first byte is sent: an error until then has a status of its own.
_FIRST_BYTES = 4 * 1024**2
#: The making thread waits while so much is unsent.
_AHEAD_BYTES = 8 * 1024**2
#: Whether the reader has gone is looked at this often while waiting for it.
_LOOK_S = 0.5


class AnswerStream(io.RawIOBase):
    """Bytes with an end that is either good or an error. One thread writes, one event loop reads."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Be read by coroutines of `loop`."""
        self._loop = loop
        self._arrived = asyncio.Event()
        self._changed = threading.Condition()
        self._parts: list[bytes] = []
        self._size = 0
        self._is_ended = False
        self._is_abandoned = False
        self._error: StoreError | None = None

    def writable(self) -> bool:
        """Return True: it is one end of a pipe."""
        return True

    def write(self, data: "ReadableBuffer", /) -> int:
        """Append bytes; wait while the reader is behind. Errors: QueryFailed when nobody reads any more."""
        part = bytes(data)
        with self._changed:
            while self._size > _AHEAD_BYTES and not self._is_abandoned:
                self._changed.wait(_LOOK_S)
            if self._is_abandoned:
                raise QueryFailed("the reader went away")
            self._parts.append(part)
            self._size += len(part)
        self._tell()
        return len(part)

    def end(self) -> None:
        """Say that the answer is complete."""
        with self._changed:
            self._is_ended = True
        self._tell()

    def fail(self, error: StoreError) -> None:
        """Say that there will be no more, and why."""
        with self._changed:
            self._error = error
            self._is_ended = True
        self._tell()

    def abandon(self) -> None:
        """Say that nobody reads any more."""
        with self._changed:
            self._is_abandoned = True
            self._parts.clear()
            self._size = 0
            self._changed.notify_all()

    async def first(self) -> list[bytes]:
        """Return the beginning of the answer, all of it if it is small. Errors: what `fail` was given."""
        while not self._is_ended and self._size < _FIRST_BYTES:
            await self._arrived.wait()
            self._arrived.clear()
        if self._error is not None:
            raise self._error
        return self._take()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the rest. Errors: what `fail` was given."""
        while True:
            for part in self._take():
                yield part
            if self._is_ended and not self._size:
                break
            await self._arrived.wait()
            self._arrived.clear()
        if self._error is not None:
            raise self._error

    def _take(self) -> list[bytes]:
        with self._changed:
            parts, self._parts, self._size = self._parts, [], 0
            self._changed.notify_all()
        return parts

    def _tell(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._arrived.set)
        except RuntimeError:
            # The event loop has ended, and with it every reader.
            self.abandon()
