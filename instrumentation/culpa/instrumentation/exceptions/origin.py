"""Read from an exception what its text hides: where it began, which wrappers it passed, in whose code."""

import os
import sys
import sysconfig
from functools import cache
from types import CodeType, FrameType, TracebackType
from typing import cast

from culpa.instrumentation.exceptions.caught import has_gone_on, is_put_into_words, is_signal
from culpa.instrumentation.exceptions.errorcode import error_code, plain_attribute
from culpa.instrumentation.surroundings.environment import APP_PACKAGES

#: Longer chains are loops or noise; the SDK formats every member's stack anyway.
_MAX_CHAIN = 16
#: Characters of a root message; more of the text stands in the event's own message and stack.
_MAX_MESSAGE = 4096
#: Characters of any message, and of a class's name.
MOST_OF_MESSAGE = 32_768
_MOST_OF_NAME = 512
_OWN = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep  # noqa: PTH100, PTH120  # compared with co_filename
#: The frame of a console script (`bin/uvicorn`) is below everything and nobody's own.
_SCRIPTS = os.path.join(sys.prefix, "bin") + os.sep  # noqa: PTH118  # compared with co_filename
_STDLIB = tuple({sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib")})

Described = dict[str, str | int | bool | list[str]]


def chain(error: BaseException) -> list[BaseException]:
    """Return the exception and its causes, outermost first, the root last; of a group the first member."""
    found: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and len(found) < _MAX_CHAIN and not any(at is one for one in found):
        found.append(at)
        at = _cause(at)
    while len(found) > 1 and (is_signal(type_name(found[-1])) or _is_put_into_words(found[-1], found[-2])):
        found.pop()
    return found


def describe(error: BaseException, *, from_caller: bool = False) -> Described:
    """Return the attributes that an exception event gets beside type, message and stack.

    Shape: exception.root.type, exception.root.message, exception.chain, exception.in_app, code.file.path,
    code.line.number, code.function.name and db.response.status_code; those that are not known are absent.
    With `from_caller`, an exception that has not left the library yet is placed where the user called it.
    """
    links = chain(error)
    described: Described = {
        "exception.root.type": type_name(links[-1]),
        "exception.root.message": text(links[-1]),
        "exception.chain": [type_name(link) for link in links],
    }
    _locate(links, described, from_caller=from_caller)
    code = error_code(links)
    if code:
        described["db.response.status_code"] = code
    return described


def type_name(error: BaseException) -> str:
    """Return the qualified name of an exception's class, as OpenTelemetry writes it."""
    kind = type(error)
    name, module = kind.__qualname__, kind.__module__
    return (name if module in ("builtins", "") else f"{module}.{name}")[:_MOST_OF_NAME]


def _cause(error: BaseException) -> BaseException | None:
    # SQLAlchemy and others keep the driver's exception as `orig`, also where nothing is chained.
    original = plain_attribute(error, "orig")
    if isinstance(original, BaseException):
        return original
    if isinstance(error, BaseExceptionGroup):
        # Before its context: a task group is often raised while something unrelated is being handled. An exit
        # among the members is what made the others fail.
        members = cast(BaseExceptionGroup[BaseException], error).exceptions
        return next((one for one in members if not isinstance(one, Exception)), members[0])
    if error.__cause__ is not None:
        return error.__cause__
    # An exit or an interrupt comes from outside; what was being handled at that moment did not cause it.
    implied = error.__context__ if isinstance(error, Exception) and not error.__suppress_context__ else None
    return None if implied is None or _has_gone_on(implied, error) else implied


def _has_gone_on(caught: BaseException, raised: BaseException) -> bool:
    """Tell whether the app itself caught the one, and a library that it then called raised the other."""
    catcher, last = caught.__traceback__, raised.__traceback__
    if catcher is None or last is None or not is_in_app(catcher.tb_frame):
        return False
    while last.tb_next is not None:
        last = last.tb_next
    return not is_in_app(last.tb_frame) and has_gone_on(type_name(caught), type_name(raised))


def _is_put_into_words(caught: BaseException, raised: BaseException) -> bool:
    """Tell whether a function of a library caught its own look-up's error and said it in words of its own."""
    if not is_put_into_words(type_name(caught), type_name(raised)):
        return False
    inner, outer = _last_code(caught.__traceback__), _last_code(raised.__traceback__)
    return inner is not None and inner is outer and is_library(inner.co_filename)


def _last_code(stack: TracebackType | None) -> CodeType | None:
    while stack is not None and stack.tb_next is not None:
        stack = stack.tb_next
    return stack.tb_frame.f_code if stack is not None else None


def _locate(links: list[BaseException], described: Described, *, from_caller: bool) -> None:
    """Add the innermost frame of the user's own code, the root's first; else the root's last frame."""
    last: tuple[CodeType, int] | None = None
    endpoint = _endpoint(links[-1])
    if endpoint is not None:
        described.update(endpoint)
        return
    for link in reversed(links):
        own, innermost = _frames(link.__traceback__)
        if own is not None:
            _add(own, described, in_app=True)
            return
        last = last or innermost
    caller = _caller() if from_caller else None
    if caller is not None:
        _add(caller, described, in_app=True)
    elif last is not None:
        _add(last, described, in_app=False)


def _endpoint(error: BaseException) -> Described | None:
    """Return the place that FastAPI tells of an answer that is not as declared: its endpoint has returned by then."""
    place = plain_attribute(error, "endpoint_ctx")
    if not isinstance(place, dict):
        return None
    described = cast(dict[str, object], place)
    file, line, function = (described.get(name) for name in ("file", "line", "function"))
    if not (isinstance(file, str) and isinstance(line, int) and isinstance(function, str)):
        return None
    return {"code.file.path": file, "code.line.number": line, "code.function.name": function, "exception.in_app": True}


def _caller() -> tuple[CodeType, int] | None:
    """Return the innermost frame of the user's own code among those that are running."""
    at: FrameType | None = sys._getframe()  # pyright: ignore[reportPrivateUsage]  # inspect's is the same, slower
    while at is not None and not is_in_app(at):
        at = at.f_back
    return (at.f_code, at.f_lineno) if at is not None else None


def _frames(stack: TracebackType | None) -> tuple[tuple[CodeType, int] | None, tuple[CodeType, int] | None]:
    own: tuple[CodeType, int] | None = None
    innermost: tuple[CodeType, int] | None = None
    while stack is not None:
        code = stack.tb_frame.f_code
        if not code.co_filename.startswith(_OWN):
            innermost = (code, stack.tb_lineno)
            if is_in_app(stack.tb_frame):
                own = innermost
        stack = stack.tb_next
    return own, innermost


def _add(place: tuple[CodeType, int], described: Described, *, in_app: bool) -> None:
    code, line = place
    described["code.file.path"] = code.co_filename
    described["code.line.number"] = line
    described["code.function.name"] = code.co_qualname
    described["exception.in_app"] = in_app


def is_in_app(frame: FrameType) -> bool:
    """Return whether a frame runs the user's own code."""
    if not is_library(frame.f_code.co_filename):
        return True
    module: object = frame.f_globals.get("__name__")
    return isinstance(module, str) and module.partition(".")[0] in _app_packages()


@cache
def is_library(path: str) -> bool:
    """Return whether a code object's file belongs to the interpreter, an installed library or us."""
    # Compiled extensions (uvloop, Cython) name their sources by relative paths that exist nowhere here.
    installed = f"{os.sep}site-packages{os.sep}" in path or f"{os.sep}dist-packages{os.sep}" in path
    return installed or not path.startswith(os.sep) or path.startswith((*_STDLIB, _SCRIPTS, _OWN))


@cache
def _app_packages() -> frozenset[str]:
    return frozenset(os.environ.get(APP_PACKAGES, "").split(",")) - {""}


#: What tells one exception from others on a span, without keeping its frames alive.
Mark = tuple[int, type, int]


def mark_of(error: BaseException) -> Mark:
    """Return what tells this exception from others; the id of one that is gone may be another's, hence its words."""
    return id(error), type(error), hash(text(error, MOST_OF_MESSAGE))


def text(error: BaseException, most: int = _MAX_MESSAGE) -> str:
    """Return an exception's text, cut to so many characters; its own method may fail."""
    try:
        return str(error)[:most]
    except Exception:
        return f"<{type_name(error)} whose text cannot be read>"
