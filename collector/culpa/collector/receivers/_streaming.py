"""An answer that is sent as it comes, and is never taken for whole where it is not."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

from starlette.responses import StreamingResponse
from starlette.types import Message, Send


class Unfinished(Exception):
    """An answer that had begun is not whole."""


class Streamed(StreamingResponse):
    """An answer whose connection is closed without its end if it is not whole, so that no reader takes it for all.

    One that is not read by `until`, in the time of the event loop, or of which no part is taken for `stall_s` seconds,
    is not whole either: its place, its snapshot and what is held of it are not for whoever reads slowest.
    """

    def __init__(
        self, body: AsyncGenerator[bytes], media_type: str, until: float | None = None, stall_s: float | None = None
    ) -> None:
        """Send the body as it comes."""
        super().__init__(body, media_type=media_type)
        self._body = body
        self._until = until
        self._stall_s = stall_s

    async def stream_response(self, send: Send) -> None:
        """Send it; see the class."""

        async def timely(message: Message) -> None:
            async with asyncio.timeout(self._stall_s):
                await send(message)

        with suppress(Unfinished, TimeoutError):
            async with aclosing(self._body), asyncio.timeout_at(self._until):
                await super().stream_response(timely)
