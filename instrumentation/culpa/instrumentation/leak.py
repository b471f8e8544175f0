"""Keep one request's span from becoming the parent of the next request in the same worker thread."""

from typing import Any

from opentelemetry import context, trace

from culpa.instrumentation.record import record_abort
from culpa.instrumentation.report import guarded

#: Where the instrumentations of Flask and Django keep what they would have closed at the request's end.
_ACTIVATIONS = ("opentelemetry-flask.activation_key", "opentelemetry-instrumentor-django.activation_key")


def guard_context(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a WSGI entry; if an exception leaves it, end the span it left open and restore the context.

    A normal return is left alone: the answer's iterator still belongs to the request.
    """
    before = context.get_current()
    try:
        return wrapped(*args, **kwargs)
    except BaseException as error:
        _clean(before, error, args[0] if args else kwargs.get("environ"))
        raise


@guarded("restoring the context after a broken request")
def _clean(before: context.Context, error: BaseException, environ: dict[str, Any] | None) -> None:
    left = trace.get_current_span()
    if left is not trace.get_current_span(before):
        record_abort(error, left)
        _close(error, environ or {})
        if left.is_recording():
            left.end()
    context.attach(before)


def _close(error: BaseException, environ: dict[str, Any]) -> None:
    """Close the instrumentation's own bracket: left open, it would undo our work whenever it is collected."""
    for key in _ACTIVATIONS:
        activation = environ.pop(key, None)
        if activation is not None:
            try:
                activation.__exit__(type(error), error, error.__traceback__)
            except BaseException as passed:
                if passed is not error:
                    raise
