"""Say our own trouble once, and keep it away from the user's program."""

import functools
import logging
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, ParamSpec, TypeVar

import wrapt

from culpa.instrumentation import native

_logger = logging.getLogger("culpa.instrumentation")
#: Records of loggers below this name are not exported.
_own_logger = logging.getLogger("opentelemetry.culpa")
_said: set[str] = set()

P = ParamSpec("P")
T = TypeVar("T")


def say_once(key: str, message: str, *, export: bool = True) -> None:
    """Log one line about our own trouble; the same key is never said again in this process.

    `export` is off for what must not be sent as telemetry: that telemetry cannot be sent.
    """
    if key in _said:
        return
    _said.add(key)
    try:
        if native.is_replaced():
            # Handlers have locks that are greenlets' then; a thread of ours must not wait for one.
            raise RuntimeError
        (_logger if export else _own_logger).warning("culpa: %s", message)
    except Exception:  # or a filter of the user's that knows its own records only
        sys.stderr.write(f"culpa: {message}\n")


def guarded(what: str) -> Callable[[Callable[P, T]], Callable[P, T | None]]:
    """Return a decorator that turns an exception of ours into one line and None."""

    def decorate(action: Callable[P, T]) -> Callable[P, T | None]:
        @functools.wraps(action)
        def run(*args: P.args, **kwargs: P.kwargs) -> T | None:
            try:
                return action(*args, **kwargs)
            except Exception as error:
                say_once(what, f"{what} failed ({type(error).__name__}: {error}); the program runs on without it")
                return None

        return run

    return decorate


def when_imported(module: str, action: Callable[[ModuleType], object]) -> None:
    """Run an action when the program imports a module, at once if it has; a failure is said and skipped."""
    guard = guarded(f"instrumenting {module}")(action)

    def notify(imported: Any) -> None:
        guard(imported)

    wrapt.register_post_import_hook(notify, module)
