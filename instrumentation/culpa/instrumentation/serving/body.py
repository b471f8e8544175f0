"""Watch the body of a WSGI answer: an app that fails while it streams has already said 200."""

from collections.abc import Iterator
from typing import Any

from opentelemetry import context, trace
from opentelemetry.trace import SpanKind, Status, StatusCode

from culpa.instrumentation.exceptions.origin import mark_of, type_name
from culpa.instrumentation.report import guarded
from culpa.instrumentation.serving.request import Request, latest


def watched(chunks: Any, environ: dict[str, Any], request: Request | None) -> Any:
    """Return the body to serve in place of this one.

    A list, and a file that the server sends without our help, stay as they are.
    """
    wrapper: Any = environ.get("wsgi.file_wrapper")
    whole = (list, tuple, wrapper) if isinstance(wrapper, type) else (list, tuple)
    return chunks if request is None or isinstance(chunks, whole) else _Body(chunks, request)


class _Body:
    """Hands every chunk on, and says so when there is no next one because of an exception."""

    def __init__(self, chunks: Any, request: Request) -> None:
        self._all = chunks
        self._chunks: Iterator[Any] = iter(())
        self._request = request

    def __getattr__(self, name: str) -> Any:
        return getattr(self._all, name)

    def __iter__(self) -> Iterator[Any]:
        self._chunks = iter(self._all)
        return self

    def __next__(self) -> Any:
        try:
            return next(self._chunks)
        except StopIteration:
            raise
        except BaseException as error:
            record_broken(error, self._request)
            raise

    def close(self) -> None:
        close = getattr(self._all, "close", None)
        if close is not None:
            close()


def record_late(error: BaseException) -> None:
    """Record what comes when the request's span, which would have recorded it, has ended already."""
    request = latest()
    if request is not None and request.is_over:
        record_broken(error, request)


@guarded("recording an answer that broke off")
def record_broken(error: BaseException, request: Request) -> None:
    """Put the exception on the request's span or, where that has ended, on a span of its own below it."""
    span = request.span
    # Starlette answers first and raises then: the exception may be on the span that has ended since.
    if span is None or mark_of(error) in getattr(span, "_culpa_seen", ()):
        return
    status = Status(StatusCode.ERROR, type_name(error))
    if span.is_recording():
        span.record_exception(error, escaped=True)
        span.set_attribute("error.type", type_name(error))
        span.set_status(status)
        return
    tracer = trace.get_tracer("culpa.instrumentation")
    own = tracer.start_span("response", trace.set_span_in_context(span, context.Context()), SpanKind.INTERNAL)
    own.record_exception(error, escaped=True)
    own.set_attribute("error.type", type_name(error))
    own.set_status(status)
    own.end()
