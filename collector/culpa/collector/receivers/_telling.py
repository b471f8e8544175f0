"""What people and pipelines tell: one row, answered when it is durable."""

import asyncio
import time
from collections.abc import Callable, Mapping

import pyarrow as pa
from starlette.requests import Request

from culpa.collector.admission import Refused, admit, json_body, retry_after
from culpa.collector.receivers._parts import Parts
from culpa.store import StoreError, arrow_schema

_MAX_BYTES = 64 * 1024
MAX_TEXT = 1000


class BadBody(ValueError):
    """What was sent is not of the shape that it must have."""


#: Makes a row of what was sent and of the time now, ns since 1970. Errors: BadBody, for whoever sent it.
RowOf = Callable[[object, int], dict[str, object]]


async def store_sent(
    request: Request, parts: Parts, relation: str, row_of: RowOf, what: str, example: str
) -> Mapping[str, object]:
    """Return the row of `relation` that was sent, once it is durable. Errors: Refused."""
    admit(request, parts.settings, "ingest")
    body = await json_body(request, _MAX_BYTES, what, example)
    try:
        row = row_of(body, time.time_ns())
    except BadBody as error:
        raise Refused(400, str(error)) from error
    try:
        table = pa.Table.from_pylist([row], schema=arrow_schema(relation))
        await asyncio.wrap_future(await asyncio.to_thread(parts.intake.submit_rows, {relation: table}))
    except StoreError as error:
        raise Refused(503, str(error), retry_after(parts.settings)) from error
    return row


def plain_text(name: str, value: object) -> str:
    """Return what was sent under a name, without white space around it; '' for nothing. Errors: BadBody."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadBody(f"{name} must be text, got {type(value).__name__}")
    # Lone halves of surrogate pairs are legal JSON and no text that can be stored.
    cleaned = value.replace("\0", "").encode("utf-8", "replace").decode().strip()
    if len(cleaned) > MAX_TEXT:
        raise BadBody(f"{name} has {len(cleaned)} characters; at most {MAX_TEXT} are kept")
    return cleaned
