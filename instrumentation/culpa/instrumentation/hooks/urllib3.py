"""urllib3, and boto3 above it: whom a request was sent to, which the instrumentation tells only as part of the URL."""

from types import ModuleType
from typing import Any

from wrapt import wrap_function_wrapper

from culpa.instrumentation.report import guarded, when_imported


def install() -> None:
    """Give the instrumentation a function to call with each request's span."""
    when_imported("opentelemetry.instrumentation.urllib3", _wrap)


def _wrap(module: ModuleType) -> None:
    wrap_function_wrapper(module, "_instrument", _instrument)


def _instrument(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    theirs = kwargs.get("request_hook")

    def begun(span: Any, pool: Any, request: Any) -> None:
        _address(span, pool)
        if theirs is not None:
            theirs(span, pool, request)

    return wrapped(*args, **kwargs | {"request_hook": begun})


@guarded("reading where urllib3 sends a request")
def _address(span: Any, pool: Any) -> None:
    span.set_attribute("server.address", str(pool.host))
    port = pool.port or {"http": 80, "https": 443}.get(pool.scheme)
    if port:
        span.set_attribute("server.port", int(port))
