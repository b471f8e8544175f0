"""ASGI: no spans for single `receive` and `send` calls, and requests that end in SystemExit are failures."""

from types import ModuleType
from typing import Any

from wrapt import wrap_function_wrapper

from culpa.instrumentation.calls.record import record_abort
from culpa.instrumentation.report import when_imported
from culpa.instrumentation.serving.body import record_late


def install() -> None:
    """Wrap the constructor of the ASGI middleware, which every ASGI instrumentation uses."""
    when_imported("opentelemetry.instrumentation.asgi", _wrap)


def _wrap(module: ModuleType) -> None:
    wrap_function_wrapper(module, "OpenTelemetryMiddleware.__init__", _init)


def _init(wrapped: Any, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    # The `send` span is red whenever the answer is a 5xx, and says nothing; both cost a quarter of all.
    if kwargs.get("exclude_spans") is None:
        kwargs["exclude_spans"] = ["receive", "send"]
    wrapped(*args, **kwargs)
    instance.app = _watched(instance.app)


def _watched(app: Any) -> Any:
    # Whoever serves ASGI has it loaded; at the start of every other program it would cost 20 ms.
    import asyncio

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except (asyncio.CancelledError, GeneratorExit):
            raise
        except Exception as error:
            record_late(error)
            raise
        except BaseException as error:
            record_abort(error)
            raise

    # FastAPI looks along `.app` for this middleware to keep its own telemetry quiet.
    watched.app = app  # type: ignore[attr-defined]  # pyright: ignore[reportFunctionMemberAccess]
    return watched
