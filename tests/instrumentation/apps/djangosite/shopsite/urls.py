"""Views and their routes."""

from typing import Any

from django.db import connection
from django.http import HttpRequest, JsonResponse
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


urlpatterns = [
    path("ok", ok),
    path("raise", raises),
    path("handled", handled),
    path("none", none),
    path("table", table),
    path("exit", leave),
    path("middleware", ok),
]
