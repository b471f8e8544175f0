"""A port at which one mounted app stands alone, as tools of others expect it."""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

#: Where Jaeger's query API is mounted, of which this room knows no more.
JAEGER: Final = "/jaeger"


class OwnPort:
    """Leads what comes in at `port` to the app that is mounted at `path`, whose root is also the path itself."""

    def __init__(self, app: ASGIApp, port: int, path: str) -> None:
        """`port` 0 is no port."""
        self._app = app
        self._port = port
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on."""
        if scope["type"] == "http":
            path = scope["path"]
            # Where the connection came in, which no header says.
            if self._port and (scope.get("server") or ("", 0))[1] == self._port:
                scope = {**scope, "path": self._path + path}
            elif path == self._path:
                scope = {**scope, "path": path + "/"}
        await self._app(scope, receive, send)
