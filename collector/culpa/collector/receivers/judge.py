"""`POST /v1/judge`: have traces judged again, for instance after rules or weights changed."""

from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from culpa.collector.admission import Refused, admit, body, refusing
from culpa.collector.receivers._parts import Parts

#: Trace ids in one call; who has more calls again.
MAX_TRACES = 10_000
#: So many ids of 32 hex digits, quoted, with room for the white space between them.
_MAX_BYTES = 64 * MAX_TRACES


class _Wish(msgspec.Struct):
    trace_ids: list[Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]]


def routes(parts: Parts) -> list[BaseRoute]:
    """Return the route: 202 and how many traces it took; the verdicts follow within the settle time."""

    @refusing
    async def judge(request: Request) -> Response:
        admit(request, parts.settings, "ingest")
        wish = _wish(await body(request, _MAX_BYTES, "a wish"))
        parts.again(wish.trace_ids)
        return JSONResponse({"traces": len(wish.trace_ids)}, 202)

    return [Route("/v1/judge", judge, methods=["POST"])]


def _wish(text: bytes) -> _Wish:
    """Return what is wished. Errors: Refused."""
    try:
        wish = msgspec.json.decode(text, type=_Wish)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refused(400, f'send {{"trace_ids": ["…"]}}: {error}') from error
    if len(wish.trace_ids) > MAX_TRACES:
        raise Refused(400, f"at most {MAX_TRACES} traces a call; call again for the rest")
    return wish
