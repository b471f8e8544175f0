"""`/mcp` on a collector: the entry point `mcp` of the group `culpa.mounts`.

Token, Host and Origin are checked by whoever mounts it. Each request stands for itself: there is no session to steal,
to keep or to lose. What serves it is imported at the first one, as most collectors never get any.
"""

import asyncio
import logging
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from culpa.web.house import House

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

_MOST_BODY_BYTES: Final = 256 * 1024


def mount(house: House) -> tuple[str, ASGIApp]:
    """Return the path of the endpoint and its app."""
    return "/mcp", Endpoint(house)


class Endpoint:
    """Answers messages of the protocol, one in each POST."""

    def __init__(self, house: House) -> None:
        """Import nothing yet."""
        self._house = house
        self._starting = asyncio.Lock()
        self._manager: StreamableHTTPSessionManager | None = None
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if refused := _refused(scope):
            await refused(scope, receive, send)
            return
        async with self._starting:
            if self._manager is None:
                self._manager = await self._started()
        await self._manager.handle_request(scope, receive, send)

    async def _started(self) -> "StreamableHTTPSessionManager":
        manager = await asyncio.to_thread(self._made)
        ready = asyncio.Event()

        async def run() -> None:
            # What it starts must end in the task that it began in; this one ends with the loop.
            async with manager.run():
                ready.set()
                await asyncio.Event().wait()

        self._running = asyncio.create_task(run())
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait({self._running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        return manager

    def _made(self) -> "StreamableHTTPSessionManager":
        # A second of imports, which the loop need not stand still for.
        from culpa.mcp.server import make_server
        from culpa.web.desk import Desk
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        # It says each end of a request that had no session.
        logging.getLogger("mcp").setLevel(logging.WARNING)
        server = make_server(Desk(self._house))
        return StreamableHTTPSessionManager(
            server, json_response=True, stateless=True, max_request_body_size=_MOST_BODY_BYTES
        )


def _refused(scope: Scope) -> Response | None:
    """Return the answer to what no message can be."""
    if scope["path"].rstrip("/") != (scope.get("root_path") or "") and scope["path"].rstrip("/") != "/mcp":
        return JSONResponse({"message": "there is nothing here; POST to /mcp"}, 404)
    if scope["method"] != "POST":
        message = "POST one message of the Model Context Protocol; no stream is kept open here"
        return JSONResponse({"message": message}, 405, {"Allow": "POST"})
    if find_spec("mcp") is None:
        message = "this collector was installed without it: pip install 'culpa[mcp]'"
        return JSONResponse({"message": message}, 501)
    return None
