"""`POST /v1/judge`: have traces judged again, for instance after rules or weights changed."""

from collections.abc import Sequence
from typing import Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from culpa.collector.settings import Settings
from culpa.collector.tokens import admit

#: Trace ids in one call; who has more calls again.
MAX_TRACES = 10_000


class Again(Protocol):
    """Whoever has traces judged again."""

    def __call__(self, trace_ids: Sequence[str]) -> None:
        """Judge these traces soon."""
        ...


class _Wish(msgspec.Struct):
    trace_ids: list[str]


def judge_routes(again: Again, settings: Settings) -> list[BaseRoute]:
    """Return the route: 202 and how many traces it took; the verdicts follow within the settle time."""

    async def judge(request: Request) -> Response:
        admission = admit(request.headers.get("authorization"), settings.ingest_token)
        if admission != "ok":
            message = "judging again wants the token for ingest: send `Authorization: Bearer …`"
            return JSONResponse({"message": message}, 401 if admission == "missing" else 403)
        try:
            wish = msgspec.json.decode(await request.body(), type=_Wish)
        except msgspec.DecodeError as error:
            return JSONResponse({"message": f'send {{"trace_ids": ["…"]}}: {error}'}, 400)
        if len(wish.trace_ids) > MAX_TRACES:
            return JSONResponse({"message": f"at most {MAX_TRACES} traces a call; call again for the rest"}, 413)
        again(wish.trace_ids)
        return JSONResponse({"traces": len(wish.trace_ids)}, 202)

    return [Route("/v1/judge", judge, methods=["POST"])]
