"""Answer the requests that the collector's own end cuts off."""

import asyncio

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Ended:
    """Turns the cancellation at the end of the grace time into a 503 that senders repeat, instead of a trace."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one request."""
        is_started = False

        async def sending(message: Message) -> None:
            nonlocal is_started
            is_started = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is not None:
                task.uncancel()
            if not is_started:
                headers = {"Retry-After": "1", "Connection": "close"}
                await JSONResponse({"message": "the collector is stopping"}, 503, headers=headers)(scope, receive, send)
