"""`POST /v1/labels`: a person says what really failed, and is answered when that is durable."""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import cast

import pyarrow as pa
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from culpa.collector.intake import Intake
from culpa.collector.redact import redact_text
from culpa.collector.settings import Settings
from culpa.collector.tokens import admit
from culpa.store import StoreError, arrow_schema

_MAX_BYTES = 64 * 1024
_MAX_TEXT = 1000
_FIELDS = ("trace_id", "layer", "component", "cause", "note")
_TRACE_ID = re.compile(r"[0-9a-f]{32}")
_CAUSE = re.compile(r"unknown|[a-z_]+\.[a-z_]+")


class BadLabel(ValueError):
    """What was sent is no label."""


def routes(intake: Intake, settings: Settings) -> list[BaseRoute]:
    """Return the route."""
    return [Route("/v1/labels", _endpoint(intake, settings), methods=["POST"])]


def label_row(told: object, now_ns: int) -> dict[str, object]:
    """Return the row of `labels` for what was told, redacted.

    Shape: `told` is {trace_id, cause, layer?, component?, note?}; the layer follows from the cause where it
    is not given. Errors: BadLabel.
    """
    if not isinstance(told, dict):
        raise BadLabel('expected JSON: {"trace_id": "…", "cause": "database.deadlock"}')
    fields = cast(dict[str, object], told)
    if strange := sorted(set(fields) - set(_FIELDS)):
        raise BadLabel(f"unknown field {strange[0]!r}; known are {', '.join(_FIELDS)}")
    texts = {name: _text(name, fields.get(name)) for name in _FIELDS}
    if not _TRACE_ID.fullmatch(texts["trace_id"]):
        raise BadLabel(f"trace_id {texts['trace_id']!r} is none; it has 32 lower-case hex digits")
    if not _CAUSE.fullmatch(texts["cause"]):
        raise BadLabel(f"cause {texts['cause']!r} is none; it is one like database.deadlock, or unknown")
    return {
        "time": now_ns,
        "trace_id": texts["trace_id"],
        "layer": texts["layer"] or texts["cause"].partition(".")[0],
        "component": redact_text(texts["component"]),
        "cause": texts["cause"],
        "note": redact_text(texts["note"]),
    }


def _text(name: str, value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadLabel(f"{name} must be text, got {type(value).__name__}")
    # Lone halves of surrogate pairs are legal JSON and no text that can be stored.
    cleaned = value.replace("\0", "").encode("utf-8", "replace").decode().strip()
    if len(cleaned) > _MAX_TEXT:
        raise BadLabel(f"{name} has {len(cleaned)} characters; at most {_MAX_TEXT} are kept")
    return cleaned


def _endpoint(intake: Intake, settings: Settings) -> Callable[[Request], Awaitable[Response]]:
    async def label(request: Request) -> Response:
        if refused := _refusal(request, settings):
            return refused
        try:
            body = await _body(request)
            if len(body) > _MAX_BYTES:
                return _said(413, f"a label may have {_MAX_BYTES} bytes")
            row = label_row(_json(body), time.time_ns())
            table = pa.Table.from_pylist([row], schema=arrow_schema("labels"))
            await asyncio.wrap_future(await asyncio.to_thread(intake.submit_rows, {"labels": table}))
        except BadLabel as error:
            return _said(400, str(error))
        except StoreError as error:
            return _said(503, str(error), {"Retry-After": str(max(1, round(settings.retry_after_s)))})
        return JSONResponse(row)

    return label


def _refusal(request: Request, settings: Settings) -> Response | None:
    admission = admit(request.headers.get("authorization"), settings.ingest_token)
    if admission == "missing":
        wanted = "this collector wants a token: send `Authorization: Bearer …` (its ingest_token)"
        return _said(401, wanted, {"WWW-Authenticate": "Bearer"})
    if admission == "wrong":
        return _said(403, "this is not the ingest_token of this collector")
    # A page of any site may post plain text to the loopback of whoever visits it, but not this type.
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return _said(415, 'send JSON as application/json: {"trace_id": "…", "cause": "…"}')
    return None


def _said(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"message": message}, status, headers=headers)


async def _body(request: Request) -> bytes:
    """Read the body, or as much of it as shows that it is too long. Errors: BadLabel."""
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > _MAX_BYTES:
                break
    except ClientDisconnect as error:
        raise BadLabel("the connection ended before the label did") from error
    return bytes(body)


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadLabel(f"this is not JSON ({error}); send one object") from error
