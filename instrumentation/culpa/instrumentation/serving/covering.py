"""Give an app of no instrumented framework the spans of its requests, by OpenTelemetry's middleware around it."""

import functools
import inspect
from collections.abc import Iterator
from typing import Any

from culpa.instrumentation.report import guarded
from culpa.instrumentation.serving.leak import guard_context
from culpa.instrumentation.surroundings.instrumentors import is_disabled

#: Where apps come from that make their own spans, or that an instrumentation makes them for.
_COVERED = ("flask.", "django.core.handlers.", "starlette.applications", "fastapi.applications", "opentelemetry.")
#: How a middleware may call what it wraps.
_INSIDE = ("app", "_app", "wsgi_app", "asgi_app", "application", "_application", "wrapped", "inner", "func", "__self__")
#: Middlewares that stand around an app, at most.
_MAX_DEPTH = 12


def covered(app: Any) -> Any:
    """Return the app to serve in place of this one: itself, if its requests have spans already."""
    return _covered(app) or app


@guarded("covering an app of no known framework")
def _covered(app: Any) -> Any:
    if app is None or _is_known(app, 0):
        return None
    if inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(getattr(app, "__call__", None)):  # noqa: B004  # of interest is the method
        return None if is_disabled("asgi") else _asgi(app)
    return None if is_disabled("wsgi") or not _takes_two(app) else _wsgi(app)


def _asgi(app: Any) -> Any:
    from opentelemetry.instrumentation.asgi import (  # pyright: ignore[reportMissingTypeStubs]
        OpenTelemetryMiddleware,
    )

    return OpenTelemetryMiddleware(app)


def _wsgi(app: Any) -> Any:
    from opentelemetry.instrumentation.wsgi import (  # pyright: ignore[reportMissingTypeStubs]
        OpenTelemetryMiddleware,
    )

    spanned: Any = OpenTelemetryMiddleware(app)

    @functools.wraps(app, updated=())
    def serve(environ: Any, start_response: Any) -> Any:
        return guard_context(spanned, None, (environ, start_response), {})

    return serve


def _takes_two(app: Any) -> bool:
    """Return whether an app may be called as WSGI calls it; what makes an app takes nothing."""
    try:
        inspect.signature(app).bind(None, None)
    except (TypeError, ValueError):
        return False
    return True


def _is_known(app: Any, depth: int) -> bool:
    if any(f"{kind.__module__}.".startswith(_COVERED) for kind in type(app).__mro__):
        return True
    return depth < _MAX_DEPTH and any(_is_known(one, depth + 1) for one in _inside(app) if callable(one))


def _inside(app: Any) -> Iterator[Any]:
    """Yield what an app may hand its requests to: attributes, and for a function what it closes over and names."""
    if not inspect.isfunction(app):
        own = getattr(app, "__dict__", {})
        yield from (own[name] for name in _INSIDE if name in own)
        if inspect.ismethod(app):
            yield app.__self__
        return
    for cell in app.__closure__ or ():
        if cell.cell_contents is not app:
            yield cell.cell_contents
    for name in app.__code__.co_names:
        found = app.__globals__.get(name)
        if not inspect.isroutine(found) and not inspect.isclass(found):
            yield found
