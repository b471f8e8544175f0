"""`POST /v1/labels`: a person says what really failed, and is answered when that is durable."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import cast

import pyarrow as pa
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from culpa.collector.admission import Refused, admit, json_body, retry_after
from culpa.collector.intake import Intake
from culpa.collector.redact import redact_text
from culpa.collector.settings import Settings
from culpa.store import StoreError, arrow_schema

_MAX_BYTES = 64 * 1024
MAX_TEXT = 1000
_FIELDS = ("trace_id", "layer", "component", "cause", "note")
_TRACE_ID = re.compile(r"[0-9a-f]{32}")
CAUSE = r"^(unknown|[a-z_]+\.[a-z_]+)$"
_CAUSE = re.compile(CAUSE)


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
    if len(cleaned) > MAX_TEXT:
        raise BadLabel(f"{name} has {len(cleaned)} characters; at most {MAX_TEXT} are kept")
    return cleaned


def _endpoint(intake: Intake, settings: Settings) -> Callable[[Request], Awaitable[Response]]:
    async def label(request: Request) -> Response:
        try:
            admit(request, settings, "ingest")
            told = await json_body(request, _MAX_BYTES, "a label", '{"trace_id": "…", "cause": "…"}')
            row = label_row(told, time.time_ns())
            table = pa.Table.from_pylist([row], schema=arrow_schema("labels"))
            await asyncio.wrap_future(await asyncio.to_thread(intake.submit_rows, {"labels": table}))
        except Refused as refused:
            return refused.response()
        except BadLabel as error:
            return Refused(400, str(error)).response()
        except StoreError as error:
            return Refused(503, str(error), retry_after(settings)).response()
        return JSONResponse(row)

    return label
