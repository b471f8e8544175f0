"""Refuse in one way: a status, a message that says what to do, and headers."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from culpa.collector.settings import Settings

Endpoint = Callable[[Request], Awaitable[Response]]


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


def refusing(endpoint: Endpoint) -> Endpoint:
    """Return an endpoint that answers a Refused."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refused as refused:
            return refused.response()

    return answer


def retry_after(settings: Settings) -> dict[str, str]:
    """Return the header that says when to come back: whole seconds, never less than one."""
    return {"Retry-After": str(max(1, round(settings.retry_after_s)))}
