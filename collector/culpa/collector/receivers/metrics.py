"""`GET /metrics`: what the collector measures of itself, for Prometheus."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from culpa.collector.admission import enter, refusing
from culpa.collector.receivers._parts import Parts


def routes(parts: Parts) -> list[BaseRoute]:
    """Return the route; who reads it shows the read token, if there is one."""

    @refusing
    async def metrics(request: Request) -> Response:
        enter(request, parts.settings, "read")
        # It looks at files.
        text, content_type = await asyncio.to_thread(parts.measures.text, request.headers.get("accept", ""))
        return Response(text, headers={"Content-Type": content_type, "Vary": "Accept"})

    return [Route("/metrics", metrics)]
