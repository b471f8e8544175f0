"""Wrap calls that may fail, and the call of ASGI classes so that servers still see what was there before."""

import functools
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any

from culpa.instrumentation.calls.record import now_ns

#: Told of the instance, the time when the call began (ns since 1970), and what it raised. Must not raise.
Tell = Callable[[Any, int, Exception], None]

#: Of the instance's own call, the instance, and ASGI's three arguments.
AsgiWrapper = Callable[[Any, Any, Any, Any, Any], Awaitable[None]]


def wrap_asgi_call(module: ModuleType, class_name: str, wrapper: AsgiWrapper) -> None:
    """Wrap `__call__` of an ASGI class with an async function of (wrapped, instance, scope, receive, send).

    It stays a coroutine function with these three arguments. Servers decide by the one how to call an app, and by a
    TypeError for missing arguments that it is no factory; a wrapt proxy passes neither test.
    Errors: AttributeError where there is no such class.
    """
    owner = getattr(module, class_name)
    original = owner.__call__

    @functools.wraps(original)
    async def call(self: Any, scope: Any, receive: Any, send: Any) -> None:
        await wrapper(original.__get__(self), self, scope, receive, send)

    owner.__call__ = call


def telling(tell: Tell) -> Callable[..., Any]:
    """Return a wrapper, as wrapt wants it, that tells of each failed call and hands the exception on."""

    def wrapper(wrapped: Any, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        start = now_ns()
        try:
            return wrapped(*args, **kwargs)
        except Exception as error:
            tell(instance, start, error)
            raise

    return wrapper


def telling_async(tell: Tell) -> Callable[..., Any]:
    """Return the same for a coroutine function."""

    async def wrapper(wrapped: Any, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        start = now_ns()
        try:
            return await wrapped(*args, **kwargs)
        except Exception as error:
            tell(instance, start, error)
            raise

    return wrapper
