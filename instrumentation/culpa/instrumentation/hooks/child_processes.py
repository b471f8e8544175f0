"""Child processes of multiprocessing, which servers start as workers: how they end, and what they have not sent yet."""

from types import ModuleType
from typing import Any

from wrapt import wrap_function_wrapper

from culpa.instrumentation.export.flush import flush
from culpa.instrumentation.hooks.crash import how_it_ended, tell
from culpa.instrumentation.report import when_imported
from culpa.instrumentation.serving import deaths, request

#: Seconds that a child may end later when the collector is gone.
_LAST_S = 0.8


def install() -> None:
    """Wrap what runs in every such child."""
    when_imported("multiprocessing.process", _wrap)
    when_imported("billiard.process", _wrap)  # Celery's own edition of it
    when_imported("billiard.pool", _wrap_pool)


def _wrap(module: ModuleType) -> None:
    wrap_function_wrapper(module, "BaseProcess._bootstrap", _bootstrap)


def _wrap_pool(module: ModuleType) -> None:
    wrap_function_wrapper(module, "Pool._join_exited_workers", _joined)


def _joined(wrapped: Any, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Tell of the task of a child that died as soon as its pool knows: the next child may not have one for hours."""
    ended = wrapped(*args, **kwargs)
    if ended:
        deaths.look(())
    return ended


def _bootstrap(wrapped: Any, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    run = instance.run

    def watched() -> None:
        try:
            run()
        except Exception as error:
            # Python prints it and goes the way of os._exit, past sys.excepthook and the exit handlers.
            tell(f"uncaught exception in the process {instance.name}", error, event=how_it_ended())
            raise
        finally:
            flush(_LAST_S)
            request.sent()

    instance.run = watched
    return wrapped(*args, **kwargs)
