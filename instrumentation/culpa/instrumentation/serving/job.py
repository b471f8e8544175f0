"""A program that serves nobody and ends by an exception: cron's script is a failed job, told as a span of its own."""

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from opentelemetry import trace
from opentelemetry.sdk.trace import Span
from opentelemetry.trace import SpanKind, Status, StatusCode

from culpa.instrumentation.exceptions.origin import Mark, mark_of, type_name

#: One of these is loaded in a process that serves, or waits for work: that is no job, though it may fail to start.
_SERVERS = frozenset(
    {"aiohttp.web", "bjoern", "celery.apps.worker", "cheroot", "daphne", "dramatiq.cli", "eventlet.wsgi", "granian"}
    | {"gevent.pywsgi", "grpc", "gunicorn", "hypercorn", "meinheld", "rq.worker", "sanic", "tornado.httpserver"}
    | {"twisted.internet.reactor", "uvicorn", "uwsgi", "waitress", "wsgiref.simple_server"}
)
#: The exception of which a span of the program's own, without a parent, told last.
_told: list[Mark] = []
_began_ns = time.time_ns()


def note(span: Span, error: BaseException) -> None:
    """Remember that a span tells of this exception by itself: one that nobody called, so that it is the whole job."""
    if span.parent is None and span.kind in (SpanKind.INTERNAL, SpanKind.CONSUMER):
        _told[:] = [mark_of(error)]


@contextmanager
def failed_job(error: BaseException) -> Generator[None]:
    """Be within the span of the job that this exception ends, if the program is one and no span of its own tells of it.

    It began when culpa was loaded, and bears the name of the script.
    """
    if _told == [mark_of(error)] or _is_server():
        yield
        return
    span = trace.get_tracer("culpa.job").start_span(_name(), kind=SpanKind.INTERNAL, start_time=_began_ns)
    span.set_status(Status(StatusCode.ERROR, type_name(error)))
    # It has ended by then: what is told within belongs to it and needs nothing more of it.
    span.end()
    with trace.use_span(span, record_exception=False, set_status_on_exception=False):
        yield


def _is_server() -> bool:
    # Werkzeug's server is loaded by whoever imports Flask, a nightly script with the app's models, too.
    return not _SERVERS.isdisjoint(sys.modules) or (_name() == "flask" and "run" in sys.argv)


def _name() -> str:
    main = sys.modules.get("__main__")
    module = getattr(getattr(main, "__spec__", None), "name", "")
    # `python -m jobs.nightly` runs jobs.nightly, and `python -m jobs` runs jobs.__main__; arguments may be secrets.
    return module.removesuffix(".__main__") or Path(sys.argv[0] if sys.argv else "").name or "python"
