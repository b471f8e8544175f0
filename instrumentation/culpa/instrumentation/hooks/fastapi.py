"""FastAPI beside another agent: its instrumentation gives up where somebody else's middleware is the outermost one."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from wrapt import wrap_function_wrapper

from culpa.instrumentation.report import when_imported


def install() -> None:
    """Wrap the instrumentation of one app."""
    when_imported("opentelemetry.instrumentation.fastapi", _wrap)


def _wrap(module: ModuleType) -> None:
    wrap_function_wrapper(module, "FastAPIInstrumentor.instrument_app", _instrument)


def _instrument(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    app = args[0] if args else kwargs.get("app")
    build: Callable[[], Any] | None = getattr(app, "build_middleware_stack", None)
    if app is None or build is None:
        return wrapped(*args, **kwargs)
    layers: list[Any] = []

    def peeled() -> Any:
        """Build the app's stack from Starlette's own outermost layer on, and keep those around it."""
        from starlette.middleware.errors import ServerErrorMiddleware

        stack = whole = build()
        layers.clear()
        while not isinstance(stack, ServerErrorMiddleware):
            layers.append(stack)
            stack = getattr(stack, "app", None)
            if stack is None or len(layers) > 16:
                layers.clear()
                return whole
        return stack

    def covered() -> Any:
        stack = traced()
        for layer in reversed(layers):
            layer.app = stack
            stack = layer
        return stack

    app.build_middleware_stack = peeled
    result = wrapped(*args, **kwargs)
    traced = app.build_middleware_stack
    app.build_middleware_stack = build if traced is peeled else covered
    return result
