"""Uvicorn: requests that it refuses itself, and its end, after which nothing of Python's runs any more."""

import functools
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.propagate import extract
from opentelemetry.trace import SpanKind, Status, StatusCode

from culpa.instrumentation.export.flush import flush
from culpa.instrumentation.report import guarded, when_imported

#: Seconds that the shutdown may take longer when the collector is gone.
_LAST_S = 0.8


def install() -> None:
    """Wrap the little app that stands in for the user's beyond `--limit-concurrency`, and the server's shutdown."""
    when_imported("uvicorn.protocols.http.flow_control", _wrap)
    when_imported("uvicorn.server", _wrap_server)


def _wrap(module: Any) -> None:
    original = module.service_unavailable

    @functools.wraps(original)
    async def service_unavailable(scope: Any, receive: Any, send: Any) -> None:
        _record(scope)
        await original(scope, receive, send)

    module.service_unavailable = service_unavailable


def _wrap_server(module: Any) -> None:
    original = module.Server.shutdown

    @functools.wraps(original)
    async def shutdown(self: Any, *args: Any, **kwargs: Any) -> None:
        await original(self, *args, **kwargs)
        # Next it sends itself the signal that ended it, and dies of that without Python's exit handlers.
        flush(_LAST_S)

    module.Server.shutdown = shutdown


@guarded("recording a request that uvicorn refused")
def _record(scope: Any) -> None:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    tracer = trace.get_tracer("culpa.instrumentation")
    method = scope["method"]
    span = tracer.start_span(
        method,
        extract(headers, Context()),
        SpanKind.SERVER,
        {
            "http.request.method": method,
            "url.scheme": scope["scheme"],
            "url.path": scope["path"],
            "http.response.status_code": 503,
            "error.type": "503",
        },
    )
    span.set_status(Status(StatusCode.ERROR, "refused by uvicorn: too many requests at a time"))
    span.end()
