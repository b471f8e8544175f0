"""Watch the body of an answer: an app that fails while it streams has already said 200."""

from collections.abc import Iterator
from typing import Any

from opentelemetry import context, trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from culpa.instrumentation.exceptions.origin import mark_of, type_name
from culpa.instrumentation.report import guarded
from culpa.instrumentation.serving.request import Request, latest

#: On the span: the answer had begun well and broke off.
_CUT = "culpa.response.cut"
_BACKGROUND = "starlette/background.py"
_SENDING = ("starlette/responses.py", "stream_response")


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
        record_broken(error, request, is_cut=_is_of_stream(error))


def _is_of_stream(error: BaseException) -> bool:
    """Tell whether Starlette was still sending the answer: a background task raises as late, and cuts nothing."""
    is_sending = False
    stack = error.__traceback__
    while stack is not None:
        code = stack.tb_frame.f_code
        if code.co_filename.endswith(_BACKGROUND):
            return False
        is_sending = is_sending or (code.co_name == _SENDING[1] and code.co_filename.endswith(_SENDING[0]))
        stack = stack.tb_next
    return is_sending


@guarded("recording an answer that broke off")
def record_broken(error: BaseException, request: Request, *, is_cut: bool = False) -> None:
    """Put the exception on the request's span or, where that has ended, on a span of its own below it.

    `is_cut`: marked so, since a middleware may have ended the answer as if that were all of it.
    """
    span = request.span
    # Starlette answers first and raises then: the exception may be on the span that has ended since.
    if span is None or mark_of(error) in getattr(span, "_culpa_seen", ()):
        return
    if span.is_recording():
        _tell(span, error, is_cut)
        return
    tracer = trace.get_tracer("culpa.instrumentation")
    own = tracer.start_span("response", trace.set_span_in_context(span, context.Context()), SpanKind.INTERNAL)
    _tell(own, error, is_cut)
    own.end()


def _tell(span: Span, error: BaseException, is_cut: bool) -> None:
    span.record_exception(error, escaped=True)
    span.set_attribute("error.type", type_name(error))
    span.set_status(Status(StatusCode.ERROR, type_name(error)))
    if is_cut:
        span.set_attribute(_CUT, True)
