"""Flask: exceptions that an error handler turned into a 5xx, and requests that end without an answer."""

from types import ModuleType
from typing import Any

from wrapt import wrap_function_wrapper

from culpa.instrumentation.calls.record import record_abort, record_handled
from culpa.instrumentation.hooks.crash import how_it_ended, tell
from culpa.instrumentation.report import guarded, when_imported
from culpa.instrumentation.serving.leak import guard_context

_KEY = "culpa.handled"


def install() -> None:
    """Wrap the places of flask.app where exceptions and answers pass."""
    when_imported("flask.app", _wrap)
    when_imported("flask.cli", _wrap_cli)


def _wrap(module: ModuleType) -> None:
    wrap_function_wrapper(module, "Flask.handle_user_exception", _handle)
    wrap_function_wrapper(module, "Flask.full_dispatch_request", _dispatch)
    wrap_function_wrapper(module, "Flask.do_teardown_request", _teardown)
    wrap_function_wrapper(module, "Flask.__call__", guard_context)


def _wrap_cli(module: ModuleType) -> None:
    wrap_function_wrapper(module, "ScriptInfo.load_app", _load)


def _load(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    try:
        return wrapped(*args, **kwargs)
    except Exception as error:
        # `flask run` makes a usage message of it, or keeps it for the first request: nothing else would tell.
        tell("flask cannot load the app", error, event=how_it_ended())
        raise


def _handle(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    answer = wrapped(*args, **kwargs)  # raises again where no handler was found: then it is not handled
    _keep(args[-1] if args else kwargs.get("e"))
    return answer


def _dispatch(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    response = wrapped(*args, **kwargs)
    if getattr(response, "status_code", 0) >= 500:
        _tell()
    return response


def _teardown(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    error = next((one for one in (*args, *kwargs.values()) if isinstance(one, BaseException)), None)
    if error is not None and not isinstance(error, Exception):
        # SystemExit of an exiting or timed-out worker: else the span ends as if all were well.
        record_abort(error)
    return wrapped(*args, **kwargs)


@guarded("keeping a handled exception of Flask")
def _keep(error: Any) -> None:
    import flask

    if isinstance(error, BaseException):
        flask.request.environ[_KEY] = error


@guarded("telling a handled exception of Flask")
def _tell() -> None:
    import flask

    error = flask.request.environ.pop(_KEY, None)
    if error is not None:
        record_handled(error)
