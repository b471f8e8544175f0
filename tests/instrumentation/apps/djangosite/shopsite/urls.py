"""Views and their routes."""

import asyncio
import os
import signal
from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.http import HttpRequest, JsonResponse, StreamingHttpResponse
from django.urls import path


class OutOfStock(Exception):
    """Turned into a 500 by the middleware."""


class Catching:
    """A middleware that answers one exception itself and breaks on one path."""

    def __init__(self, get_response: Any) -> None:
        """Keep the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        """Break on one path."""
        if request.path == "/middleware":
            raise RuntimeError("middleware broke")
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> Any:
        """Answer 500 for one exception."""
        return JsonResponse({"error": str(error)}, status=500) if isinstance(error, OutOfStock) else None


def ok(request: HttpRequest) -> JsonResponse:
    """Succeed."""
    return JsonResponse({"status": "ok"})


def raises(request: HttpRequest) -> None:
    """Fail in two steps."""
    try:
        int("seven")
    except ValueError as error:
        raise RuntimeError("no total") from error


def handled(request: HttpRequest) -> None:
    """Raise what the middleware turns into a 500."""
    raise OutOfStock("no more tea")


def none(request: HttpRequest) -> None:
    """Return nothing, which Django refuses."""


def table(request: HttpRequest) -> None:
    """Ask for a table that is not there."""
    with connection.cursor() as cursor:
        cursor.execute("select * from nowhere")


def leave(request: HttpRequest) -> None:
    """Leave the process from inside a request."""
    raise SystemExit(3)


def swallowed(request: HttpRequest) -> JsonResponse:
    """Catch an exception and answer 500 without a word."""
    try:
        {}["tea"]
    except KeyError:
        return JsonResponse({"error": "no tea"}, status=500)
    return JsonResponse({})


def streams(request: HttpRequest) -> StreamingHttpResponse:
    """Break in the middle of the answer."""

    def parts() -> Iterator[bytes]:
        yield b"half of it"
        raise RuntimeError("the rest is lost")

    return StreamingHttpResponse(parts())


def dies(request: HttpRequest) -> None:
    """End the process as the kernel would."""
    os.kill(os.getpid(), signal.SIGKILL)


async def waits(request: HttpRequest) -> JsonResponse:
    """Take longer than the client does."""
    await asyncio.sleep(1)
    return JsonResponse({"status": "ok"})


urlpatterns = [
    path("swallowed", swallowed),
    path("streams", streams),
    path("stream", streams),
    path("dies", dies),
    path("waits", waits),
    path("ok", ok),
    path("raise", raises),
    path("handled", handled),
    path("none", none),
    path("table", table),
    path("exit", leave),
    path("middleware", ok),
]
