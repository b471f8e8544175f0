"""A WSGI and an ASGI app without any framework."""

import sqlite3
from collections.abc import Iterator
from typing import Any


def query() -> None:
    """Ask for a table that is not there."""
    sqlite3.connect(":memory:").execute("select * from nowhere")


def parts() -> Iterator[bytes]:
    """Break in the middle."""
    yield b"half of it"
    raise RuntimeError("the rest is lost")


def wsgi(environ: dict[str, Any], start_response: Any) -> Any:
    """Answer by the path."""
    path = environ["PATH_INFO"]
    if path == "/raise":
        query()
    if path == "/exit":
        raise SystemExit(3)
    start_response("503 Service Unavailable" if path == "/busy" else "200 OK", [("Content-Type", "text/plain")])
    return parts() if path == "/stream" else [b"ok"]


async def asgi(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer by the path."""
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    if scope["path"] == "/raise":
        query()
    status = 503 if scope["path"] == "/busy" else 200
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    if scope["path"] == "/stream":
        for part in parts():
            await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b"ok"})


def make() -> Any:
    """Make the ASGI app, as factories do."""
    return asgi
