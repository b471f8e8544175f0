"""A request as a file: all its telemetry as OTLP, or all that is kept of it as a segment."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from culpa.store import ns_rows, otlp_line
from culpa.web.desk import Desk
from culpa.web.kept import Kept, kept_of
from culpa.web.screens.sql import pieces
from culpa.web.segment import segment_of


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes: those of the page, and the same under /api/v1."""

    async def otlp(request: Request) -> Response:
        return RequestFile(desk, request, "otlp.json", "application/jsonl", _otlp)

    async def segment(request: Request) -> Response:
        return RequestFile(desk, request, "duckdb", "application/vnd.duckdb", segment_of)

    return [
        Route("/requests/{name}.otlp.json", otlp),
        Route("/requests/{name}.duckdb", segment),
        Route("/api/v1/requests/{name}.otlp.json", otlp),
        Route("/api/v1/requests/{name}.duckdb", segment),
    ]


class RequestFile(Response):
    """All of a request as a file. Asked and held only while it has its turn, however slowly the file is read."""

    def __init__(
        self, desk: Desk, request: Request, ending: str, media_type: str, write: Callable[[Kept], bytes]
    ) -> None:
        """Ask nothing yet."""
        super().__init__()
        self._desk = desk
        self._name: str = request.path_params["name"]
        self._ending = ending
        self._media_type = media_type
        self._write = write

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer. Errors: as `explain`, StoreError."""
        async with self._desk.download():
            kept = await kept_of(self._desk, self._name)
            content = await self._desk.written(lambda: self._write(kept))
            head = {
                "Content-Disposition": f'attachment; filename="{kept.trace_id}.{self._ending}"',
                "Content-Type": self._media_type,
            }
            await StreamingResponse(pieces(content), headers=head)(scope, receive, send)


def _otlp(kept: Kept) -> bytes:
    """Return the exports of a request: its spans, then its log records. Access lines are no telemetry."""
    raised = ns_rows(kept.tables["exceptions"])
    resources = {row["resource_id"]: row for row in ns_rows(kept.tables["resources"])}
    lines = (otlp_line(name, ns_rows(kept.tables[name]), raised, resources) for name in ("spans", "logs"))
    return "".join(lines).encode()
