"""The delay of the event loop that serves ASGI."""

from types import ModuleType
from typing import Any

from culpa.instrumentation.metrics import is_on
from culpa.instrumentation.report import guarded, when_imported


def install() -> None:
    """Look at the loop of the first call of an ASGI application (its lifespan, as a rule)."""
    if is_on():
        when_imported("opentelemetry.instrumentation.asgi", _wrap)


def _wrap(module: ModuleType) -> None:
    middleware: Any = vars(module)["OpenTelemetryMiddleware"]
    original = middleware.__call__
    watched: list[Any] = []

    # A coroutine function with three arguments as before: by that, servers tell how to call an app.
    async def __call__(self: Any, scope: Any, receive: Any, send: Any) -> None:
        if not watched or watched[0].is_closed():
            watched[:] = [_watch()]
        await original(self, scope, receive, send)

    middleware.__call__ = __call__


@guarded("watching the event loop")
def _watch() -> Any:
    # Whoever serves ASGI has it loaded; at the start of every other program it would cost 20 ms.
    import asyncio

    from culpa.instrumentation.metrics.eventloop import watch

    loop = asyncio.get_running_loop()
    watch(loop)
    return loop
