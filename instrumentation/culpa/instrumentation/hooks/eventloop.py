"""The delay of the event loop that serves ASGI."""

import sys
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
    watched: list[object] = []

    # A coroutine function with three arguments as before: by that, servers tell how to call an app.
    async def __call__(self: Any, scope: Any, receive: Any, send: Any) -> None:
        _look(watched)
        await original(self, scope, receive, send)

    middleware.__call__ = __call__


def _look(watched: list[object]) -> None:
    # Whoever serves ASGI has it loaded; at the start of every other program it would cost 20 ms. trio has no such loop.
    asyncio = sys.modules.get("asyncio")
    loop = asyncio._get_running_loop() if asyncio is not None else None
    if loop is not None and watched != [loop]:
        watched[:] = [loop]
        _watch(loop)


@guarded("watching the event loop")
def _watch(loop: Any) -> None:
    from culpa.instrumentation.metrics.eventloop import watch

    watch(loop)
