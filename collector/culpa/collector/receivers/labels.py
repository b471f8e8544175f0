"""`POST /v1/labels`: a person says what really failed, and is answered when that is durable."""

import re
from typing import cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from culpa.collector.admission import refusing
from culpa.collector.receivers._parts import Parts
from culpa.collector.receivers._telling import BadBody, plain_text, store_sent
from culpa.collector.redact import redact_text

_FIELDS = ("trace_id", "layer", "component", "cause", "note")
_TRACE_ID = re.compile(r"[0-9a-f]{32}")
CAUSE = r"^(unknown|[a-z_]+\.[a-z_]+)$"
_CAUSE = re.compile(CAUSE)


def routes(parts: Parts) -> list[BaseRoute]:
    """Return the route."""

    @refusing
    async def label(request: Request) -> Response:
        return JSONResponse(
            await store_sent(request, parts, "labels", label_row, "a label", '{"trace_id": "…", "cause": "…"}')
        )

    return [Route("/v1/labels", label, methods=["POST"])]


def label_row(body: object, now_ns: int) -> dict[str, object]:
    """Return the row of `labels` for what was sent, redacted.

    Shape: `body` is {trace_id, cause, layer?, component?, note?}; the layer follows from the cause where it
    is not given. Errors: BadBody.
    """
    if not isinstance(body, dict):
        raise BadBody('expected JSON: {"trace_id": "…", "cause": "database.deadlock"}')
    fields = cast(dict[str, object], body)
    if strange := sorted(set(fields) - set(_FIELDS)):
        raise BadBody(f"unknown field {strange[0]!r}; known are {', '.join(_FIELDS)}")
    texts = {name: plain_text(name, fields.get(name)) for name in _FIELDS}
    if not _TRACE_ID.fullmatch(texts["trace_id"]):
        raise BadBody(f"trace_id {texts['trace_id']!r} is none; it has 32 lower-case hex digits")
    if not _CAUSE.fullmatch(texts["cause"]):
        raise BadBody(f"cause {texts['cause']!r} is none; it is one like database.deadlock, or unknown")
    return {
        "time": now_ns,
        "trace_id": texts["trace_id"],
        "layer": texts["layer"] or texts["cause"].partition(".")[0],
        "component": redact_text(texts["component"]),
        "cause": texts["cause"],
        "note": redact_text(texts["note"]),
    }
