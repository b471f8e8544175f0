"""The options by which a command narrows what it lists: one for each filter, which means the same everywhere."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from culpa.analysis.commands.asking import Function, one_of
from culpa.analysis.surface.filters import NAMES, NotAFilter, read_filters
from culpa.knowledge import LAYERS, causes

_HELP = {
    "service": ("NAME", "Only requests in which this service had a part."),
    "component": ("NAME", "Only where this component failed."),
    "layer": ("LAYER", "Only this layer (database)."),
    "cause": ("CAUSE", "Only this cause, or layer (database)."),
    "route": ("ROUTE", "Only this route or path."),
    "status": ("STATUS", "Only this status, such as 502."),
    "release": ("VERSION", "Only where a service of this version had a part."),
    "since": ("TIME", "15m, 1h, 2d back from now, or an ISO time."),
    "until": ("TIME", "Only what ended before then, written as for --since."),
    "text": ("TEXT", "Only where this stands in a name, path, exception, place or id, in any letters' case."),
    "kind": ("KIND", "Of failed work: request, task, message, job or all  [default: request]."),
}


def _layer(ctx: click.Context, param: click.Parameter, value: str) -> str:
    return one_of(value, LAYERS, "layer")


def _cause(ctx: click.Context, param: click.Parameter, value: str) -> str:
    return one_of(value, (*LAYERS, *causes()), "cause and no layer")


#: A mistyped one of these would find nothing, which reads as good news.
_CHECKS = {"layer": _layer, "cause": _cause}


def filter_options(function: Function) -> Function:
    """Add an option for each filter; the command is called with all of them as `filters`."""

    @wraps(function)
    def read(*arguments: Any, **given: Any) -> Any:
        texts = {name: given.pop(name) for name in NAMES}
        try:
            filters = read_filters(texts)
        except NotAFilter as error:
            raise click.UsageError(str(error)) from error
        return function(*arguments, filters=filters, **given)

    wrapped: Callable[..., Any] = read
    for name in reversed(NAMES):
        metavar, text = _HELP[name]
        option = click.option(f"--{name}", default="", metavar=metavar, callback=_CHECKS.get(name), help=text)
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]  # what is called is another function than the one that is described
