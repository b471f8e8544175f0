"""`GET /metrics`: what the collector measures of itself, for Prometheus."""

import asyncio

from prometheus_client import CONTENT_TYPE_LATEST
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
        text = await asyncio.to_thread(parts.measures.text)
        return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [Route("/metrics", metrics)]
