"""Read what a request brings, never more of it than is taken."""

import json

from starlette.requests import ClientDisconnect, Request

from culpa.collector.admission.refusal import Refused
from culpa.collector.intake import Busy, Uploads


async def body(
    request: Request, max_bytes: int, what: str = "a body", uploads: Uploads | None = None, *, setting: str = ""
) -> bytes:
    """Read the body, or as much of it as shows that it is too long.

    `uploads`: the bodies that it shares a bound with; none shares its own. `setting` is who sets `max_bytes`.
    Errors: Refused, 413 above `max_bytes`, 429 when it has to make way, 400 when the connection ends before the body.
    """
    too_long = Refused(413, f"{what} may have {max_bytes} bytes" + (f" ({setting})" if setting else ""))
    promised = request.headers.get("content-length", "")
    length = int(promised[:20]) if promised.isascii() and promised.isdigit() else -1
    if length > max_bytes:
        raise too_long
    try:
        stream = request.stream()
        first = await anext(stream, b"")
        if len(first) == length:
            # Most bodies come at once, together with their head: those wait for nobody, and nobody for them.
            return first
        peer = request.client.host if request.client else ""
        bounded = uploads or Uploads(max_bytes)
        parts: list[bytes] = []
        async with bounded.receiving(peer) as upload:
            part: bytes | None = first
            while part is not None:
                if upload.size + len(part) > max_bytes:
                    raise too_long
                bounded.grow(upload, len(part))
                parts.append(part)
                part = await anext(stream, None)
        return b"".join(parts)
    except Busy as error:
        raise Refused(429, str(error)) from error
    except ClientDisconnect as error:
        raise Refused(400, f"the connection ended before {what} did") from error


async def json_body(request: Request, max_bytes: int, what: str = "a body", example: str = "") -> object:
    """Read the body as JSON. Errors: Refused, as `body`, and 400 for what is no JSON."""
    try:
        found: object = json.loads(await body(request, max_bytes, what))
    except (ValueError, RecursionError) as error:
        raise Refused(400, f"this is not JSON ({error}){'; send ' + example if example else ''}") from error
    return found
