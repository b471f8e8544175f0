"""Decide who may come in, read what they send up to a bound, and refuse in one way. Every endpoint asks here.

    try:
        admit(request, settings, "read")                  # or "ingest"; token, Host, Origin, content type
        text = await body(request, 1024**2, "a query")    # never more than so many bytes
    except Refused as refused:
        return refused.response()                         # {"message": …} with the right status and headers

Time-outs are no business of an endpoint: the connection itself ends a head or a body that does not come.
"""

import json
from collections.abc import Mapping
from typing import Literal

from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import JSONResponse

from culpa.collector.origins import foreign
from culpa.collector.settings import Settings
from culpa.collector.tokens import admit as admit_token

#: Who writes shows the ingest_token, who asks shows the read_token.
Door = Literal["ingest", "read"]

JSON = "application/json"


class Refused(Exception):
    """The request is answered with this status, message and headers."""

    def __init__(self, status_code: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.message = message
        self.headers = dict(headers or {})

    def response(self) -> JSONResponse:
        """Return the answer."""
        return JSONResponse({"message": self.message}, self.status_code, headers=self.headers)


def admit(request: HTTPConnection, settings: Settings, door: Door, media_types: tuple[str, ...] = (JSON,)) -> str:
    """Return the content type, one of `media_types`, if who asks may come in; '' where none is named.

    Errors: Refused, 401 or 403 for a token that is missing or wrong, 403 for a page of another site or a foreign
    Host, 400 for no Host, 415 for another content type.
    """
    enter(request, settings, door)
    if not media_types:
        return ""
    given = request.headers.getlist("content-type")
    content_type = given[0] if given else ""
    # A page of any site may post plain text to the loopback of whoever visits it, but none of our types.
    essence = content_type.partition(";")[0].strip().lower()
    if essence not in media_types or len(given) > 1:
        wanted = " or ".join(media_types)
        raise Refused(415, f"Content-Type {content_type[:100]!r} is not taken here; send {wanted}")
    return essence


def enter(request: HTTPConnection, settings: Settings, door: Door) -> None:
    """Do nothing if who asks may come in, whatever is sent. Errors: Refused, as `admit`."""
    token = settings.read_token if door == "read" else settings.ingest_token
    if not token:
        # Without a token any web page that the user's browser shows could ask.
        if refusal := foreign(request.headers, settings):
            raise Refused(*refusal)
        return
    admission = admit_token(request.headers.get("authorization"), token)
    name = f"{door}_token"
    if admission == "missing":
        message = f"this collector wants a token: send `Authorization: Bearer …` (its {name})"
        raise Refused(401, message, {"WWW-Authenticate": "Bearer"})
    if admission == "wrong":
        raise Refused(403, f"this is not the {name} of this collector")


async def body(request: Request, max_bytes: int, what: str = "a body") -> bytes:
    """Read the body, or as much of it as shows that it is too long.

    Errors: Refused, 413 above `max_bytes`, 400 when the connection ends before the body does.
    """
    too_long = Refused(413, f"{what} may have {max_bytes} bytes")
    promised = request.headers.get("content-length", "0")
    if promised.isdecimal() and int(promised[:20]) > max_bytes:
        raise too_long
    found = bytearray()
    try:
        async for part in request.stream():
            found += part
            if len(found) > max_bytes:
                raise too_long
    except ClientDisconnect as error:
        raise Refused(400, f"the connection ended before {what} did") from error
    return bytes(found)


async def json_body(request: Request, max_bytes: int, what: str = "a body", example: str = "") -> object:
    """Read the body as JSON. Errors: Refused, as `body`, and 400 for what is no JSON."""
    try:
        found: object = json.loads(await body(request, max_bytes, what))
    except (ValueError, RecursionError) as error:
        raise Refused(400, f"this is not JSON ({error}){'; send ' + example if example else ''}") from error
    return found


def retry_after(settings: Settings) -> dict[str, str]:
    """Return the header that says when to come back: whole seconds, never less than one."""
    return {"Retry-After": str(max(1, round(settings.retry_after_s)))}
