"""Exceptions that the user's own `except` swallowed, for requests that then end 5xx without any other. Python >= 3.12.

The interpreter calls us for each exception that is raised; where nothing is raised this costs nothing.
"""

import sys
from types import CodeType
from typing import Any

from culpa.instrumentation.exceptions.origin import is_library
from culpa.instrumentation.exceptions.raised import Raised
from culpa.instrumentation.report import guarded, say_once
from culpa.instrumentation.serving.request import Request, current

#: Of each request the last ones are kept: what failed comes right before the answer.
_KEPT = 3
#: Raised to steer a program, not because something failed.
_STEERING = (StopIteration, StopAsyncIteration, GeneratorExit, KeyboardInterrupt)
#: Numbers for tools that Python reserves for nobody.
_TOOLS = (4, 3)


def install() -> None:
    """Ask the interpreter to tell of every raised exception, if it can and no other tool has the numbers."""
    monitoring: Any = getattr(sys, "monitoring", None)
    if monitoring is None:
        return
    for tool in _TOOLS:
        if monitoring.get_tool(tool) is None:
            monitoring.use_tool_id(tool, "culpa")
            monitoring.register_callback(tool, monitoring.events.RAISE, _raised)
            monitoring.set_events(tool, monitoring.events.RAISE)
            return
    say_once("monitoring", "other tools use sys.monitoring: exceptions that the program swallows are not seen")


def _raised(code: CodeType, _offset: int, error: BaseException) -> None:
    request = current()
    if request is None or request.is_over or is_library(code.co_filename) or isinstance(error, _STEERING):
        return
    _keep(request, code, error)


@guarded("keeping a raised exception")
def _keep(request: Request, code: CodeType, error: BaseException) -> None:
    kept = request.raised
    # Seen again as it passes through the callers; told is where it came into the user's code.
    if kept and (kept[-1].passes_as(error) or kept[-1].repeats_as(error, code)):
        return
    kept.append(Raised(error, code))
    if len(kept) > _KEPT:
        del kept[0]
