"""The page's own style sheet and scripts: all of it stands in this package, nothing is fetched from elsewhere."""

import hashlib
from functools import cache
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

_TYPES: Final = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
#: An address bears its content's digest, so that a browser never need ask again.
_FOR_EVER: Final = "public, max-age=31536000, immutable"


@cache
def contents() -> dict[str, bytes]:
    """Return every asset by its name."""
    folder = files("culpa.web") / "static"
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.name.rpartition(".")[2] in _TYPES}


@cache
def asset(name: str) -> str:
    """Return the address of an asset. Errors: KeyError."""
    return f"/static/{_digest(contents()[name])}/{name}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


async def static(request: Request) -> Response:
    """Answer an asset; also under an older digest, as a page that is still open may ask for it."""
    name = request.path_params["name"]
    content = contents().get(name)
    if content is None:
        return Response("there is no such file\n", 404, media_type="text/plain")
    is_current = request.path_params["digest"] == _digest(content)
    headers = {"Cache-Control": _FOR_EVER if is_current else "no-cache"}
    return Response(content, headers=headers, media_type=_TYPES[name.rpartition(".")[2]])
