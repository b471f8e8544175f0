"""How many queries run at once; who comes when all places are taken waits for a while."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class NoPlace(Exception):
    """All places stayed taken."""


class Places:
    """A number of places, taken in the order of coming."""

    def __init__(self, number: int, wait_s: float) -> None:
        """Have `number` places, and patience of `wait_s` seconds."""
        self._free = asyncio.Semaphore(max(1, number))
        self._wait_s = wait_s

    @property
    def is_any_free(self) -> bool:
        """Say whether who comes now need not wait."""
        return not self._free.locked()

    @asynccontextmanager
    async def one(self) -> AsyncGenerator[None]:
        """Hold one place inside the block. Errors: NoPlace."""
        try:
            async with asyncio.timeout(self._wait_s):
                await self._free.acquire()
        except TimeoutError as error:
            raise NoPlace from error
        try:
            yield
        finally:
            self._free.release()
