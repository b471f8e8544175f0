"""Apps without a framework that is instrumented, where their server has loaded them."""

from types import ModuleType
from typing import Any

from wrapt import wrap_function_wrapper

from culpa.instrumentation.report import when_imported
from culpa.instrumentation.serving.covering import covered


def install() -> None:
    """Wrap the loading of the app in gunicorn, uvicorn, hypercorn and granian."""
    when_imported("gunicorn.app.base", _wrap_gunicorn)
    when_imported("uvicorn.config", _wrap_uvicorn)
    when_imported("hypercorn.utils", _wrap_hypercorn)
    for room in ("wsgi", "asgi"):
        when_imported(f"granian.{room}", _wrap_granian)


def _wrap_gunicorn(module: ModuleType) -> None:
    wrap_function_wrapper(module, "BaseApplication.wsgi", _load)


def _wrap_uvicorn(module: ModuleType) -> None:
    wrap_function_wrapper(module, "Config.load_app", _load)


def _wrap_hypercorn(module: ModuleType) -> None:
    wrap_function_wrapper(module, "wrap_app", _wrap)


def _wrap_granian(module: ModuleType) -> None:
    wrap_function_wrapper(module, "_callback_wrapper", _wrap)


def _load(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return covered(wrapped(*args, **kwargs))


def _wrap(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return wrapped(covered(args[0]), *args[1:], **kwargs) if args else wrapped(*args, **kwargs)
