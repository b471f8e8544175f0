"""Say our own trouble once, and keep it away from the user's program."""

import functools
import logging
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, ParamSpec, TypeVar

import wrapt

_logger = logging.getLogger("culpa.instrumentation")
_said: set[str] = set()

P = ParamSpec("P")
T = TypeVar("T")


def say_once(key: str, message: str) -> None:
    """Log one line about our own trouble; the same key is never said again in this process."""
    if key in _said:
        return
    _said.add(key)
    try:
        _logger.warning("culpa: %s", message)
    except Exception:  # a filter of the user's that knows its own records only
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
