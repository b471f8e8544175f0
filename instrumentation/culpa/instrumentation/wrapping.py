"""Wrap the call of ASGI classes so that servers still see what was there before."""

import functools
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any

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
