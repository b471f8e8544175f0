"""`POST /api/{project}/envelope/` and `/store/`: what a Sentry SDK sends whose DSN names this collector.

Answered after the commit, as OTLP is. Source: Sentry's "Envelopes", "Authentication", "Rate Limiting".
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from culpa.collector.admission import Refused, body, bounded, enter, retry_after
from culpa.collector.decode import Signal
from culpa.collector.dialects import Envelope, body_of, read_envelope, read_event
from culpa.collector.inflate import inflate
from culpa.collector.receivers._parts import Parts
from culpa.collector.receivers._refusing import refusing

_KEY = re.compile(r"sentry_key=([A-Za-z0-9_.~-]{1,512})")
#: What a project's id may be: it names the service where nothing else does.
_PROJECT = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SIGNALS: tuple[Signal, ...] = ("traces", "logs")

_Read = Callable[[bytes, str], Envelope]


def routes(parts: Parts) -> list[BaseRoute]:
    """Return the two routes, each with and without the slash behind it."""
    ways: tuple[tuple[str, _Read], ...] = (("envelope", read_envelope), ("store", read_event))
    return [
        Route(f"/api/{{project}}/{name}{slash}", _endpoint(parts, read), methods=["POST"])
        for name, read in ways
        for slash in ("/", "")
    ]


def _endpoint(parts: Parts, read: _Read) -> Callable[[Request], Awaitable[Response]]:
    async def take(request: Request) -> Response:
        try:
            envelope = await _store(request, parts, read)
        except Refused as refused:
            is_away = refused.status_code in (429, 503)
            parts.measures.answered("sentry", "http", refused.status_code)
            if is_away:
                parts.intake.turnaways.note(time.monotonic(), is_away=True)
                wait = retry_after(parts.settings) | refused.headers
                # For all that the SDK sends: it holds it back, or drops it, for so many seconds.
                refused.headers = wait | {"X-Sentry-Rate-Limits": f"{wait['Retry-After']}::organization"}
            return refused.response()
        parts.measures.answered("sentry", "http", 200)
        parts.intake.turnaways.note(time.monotonic(), is_away=False)
        for _, number in envelope.left_out.items():
            parts.measures.rejected("sentry", number)
        return JSONResponse({"id": envelope.event_id} if envelope.event_id else {})

    return take


async def _store(request: Request, parts: Parts, read: _Read) -> Envelope:
    settings, intake = parts.settings, parts.intake
    token = enter(request, settings, "ingest", _shown(request))
    project = str(request.path_params["project"])
    if not _PROJECT.fullmatch(project):
        raise Refused(404, "the project of a DSN has letters, digits, - and _: http://KEY@HOST:4318/1")
    with refusing():
        intake.check_space()
        sent = await body(request, settings.max_body_bytes, "an envelope", intake.uploads, setting="max_body_bytes")
        bounded(token, len(sent))
        encoding = request.headers.get("content-encoding", "")
        envelope = await asyncio.to_thread(lambda: read(inflate(sent, encoding, settings.max_body_bytes), project))
        for signal in _SIGNALS:
            groups = [piece.group for piece in envelope.pieces if piece.signal == signal]
            if groups:
                await asyncio.wrap_future(intake.submit(signal, body_of(signal, groups), is_json=True))
    return envelope


def _shown(request: Request) -> str | None:
    """Return the key of the DSN as a bearer's token, wherever an SDK shows it."""
    places = (request.headers.get("x-sentry-auth"), request.headers.get("authorization"), request.url.query)
    found = next((match for place in places if place and (match := _KEY.search(place[:2048]))), None)
    return f"Bearer {found[1]}" if found else None
