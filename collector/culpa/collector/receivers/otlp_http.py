"""OTLP/HTTP: `/v1/traces`, `/v1/logs`, `/v1/metrics`, protobuf or JSON, answered after the commit; profiles, too.

Source: OTLP 1.x specification, "OTLP/HTTP Request" and "OTLP/HTTP Response".
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from culpa.collector.admission import Refused, Token, body, bounded, enter, essence, retry_after
from culpa.collector.inflate import inflate
from culpa.collector.intake import Intake
from culpa.collector.receivers import _profiles
from culpa.collector.receivers._answer import failure, success
from culpa.collector.receivers._parts import Parts
from culpa.collector.receivers._profiles import Answered
from culpa.collector.receivers._refusing import refusing
from culpa.collector.settings import Settings
from culpa.collector.writer import Receipt

_PROTOBUF = "application/x-protobuf"
_JSON = "application/json"

#: A larger compressed body is inflated outside the event loop, which it would hold up for milliseconds.
_SMALL_BYTES = 128 * 1024


def routes(parts: Parts) -> list[BaseRoute]:
    """Return the four routes."""
    paths: dict[str, Answered] = {
        "/v1/traces": "traces",
        "/v1/logs": "logs",
        "/v1/metrics": "metrics",
        "/v1development/profiles": "profiles",
    }
    return [Route(path, _endpoint(signal, parts), methods=["POST"]) for path, signal in paths.items()]


def _endpoint(signal: Answered, parts: Parts) -> Callable[[Request], Awaitable[Response]]:
    intake, settings = parts.intake, parts.settings

    async def export(request: Request) -> Response:
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        is_json = content_type != _PROTOBUF
        media_type = _JSON if is_json else _PROTOBUF
        try:
            token = enter(request, settings, "ingest")
            essence(request, (_PROTOBUF, _JSON))
            receipt = await _store(signal, request, parts, token, is_json=is_json)
        except Refused as refused:
            if refused.status_code in (429, 503):
                intake.turnaways.note(time.monotonic(), is_away=True)
            parts.measures.answered(signal, "http", refused.status_code)
            return _refusal(refused, media_type, settings)
        parts.measures.answered(signal, "http", 200)
        intake.turnaways.note(time.monotonic(), is_away=False)
        return Response(success(signal, receipt, is_json=is_json), media_type=media_type)

    return export


def _refusal(refused: Refused, media_type: str, settings: Settings) -> Response:
    headers = (retry_after(settings) if refused.status_code in (429, 503) else {}) | refused.headers
    answer = failure(refused.status_code, refused.message, is_json=media_type == _JSON)
    return Response(answer, refused.status_code, headers, media_type=media_type)


async def _store(signal: Answered, request: Request, parts: Parts, token: Token, *, is_json: bool) -> Receipt:
    intake, settings = parts.intake, parts.settings
    with refusing():
        intake.check_space()
        await _wait_for_room(intake, settings.queue_wait_s)
        sent = await body(request, settings.max_body_bytes, "a body", intake.uploads, setting="max_body_bytes")
        bounded(token, len(sent))
        encoding = request.headers.get("content-encoding", "")

        def submit() -> "asyncio.Future[Receipt]":
            plain = inflate(sent, encoding, settings.max_body_bytes)
            return asyncio.wrap_future(
                _profiles.submit(intake, parts.measures, signal, plain, is_json=is_json), loop=loop
            )

        loop = asyncio.get_running_loop()
        is_small = len(sent) <= _SMALL_BYTES
        return await (submit() if is_small else await asyncio.to_thread(submit))


async def _wait_for_room(intake: Intake, wait_s: float) -> None:
    """Hold the sender for a while before it is sent away: its quick return would cost more."""
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + wait_s
    while not intake.has_room and loop.time() < give_up_at:  # noqa: ASYNC110 - another thread makes room
        await asyncio.sleep(0.02)
