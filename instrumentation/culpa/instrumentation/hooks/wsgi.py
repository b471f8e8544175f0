"""WSGI: the path of a request also behind servers that do not pass the raw request line on."""

from types import ModuleType
from typing import Any
from urllib.parse import quote

from wrapt import wrap_function_wrapper

from culpa.instrumentation.report import guarded, when_imported

_TOLD = ("url.path", "http.target", "url.full", "http.url")


def install() -> None:
    """Wrap the collecting of a request's attributes, which every WSGI instrumentation uses."""
    when_imported("opentelemetry.instrumentation.wsgi", _wrap)


def _wrap(module: ModuleType) -> None:
    wrap_function_wrapper(module, "collect_request_attributes", _collect)


def _collect(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    found = wrapped(*args, **kwargs)
    if not any(name in found for name in _TOLD):
        _add(found, args[0] if args else kwargs.get("environ"))
    return found


@guarded("reading the path of a WSGI request")
def _add(found: Any, environ: Any) -> None:
    # PEP 3333: the two together are the path, decoded as latin-1.
    path = str(environ.get("SCRIPT_NAME", "")) + str(environ.get("PATH_INFO", ""))
    found["url.path"] = quote(path.encode("latin-1", "replace")) or "/"
