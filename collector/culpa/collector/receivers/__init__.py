"""What comes in from outside: one module each, and the folder is the registry.

A receiver is a module whose name has no leading underscore and that has one function or both:
`routes(parts) -> list[BaseRoute]` adds to the HTTP app; the coroutine
`start(parts) -> Running | None` listens by itself.
"""

from collections.abc import Awaitable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol

from starlette.routing import BaseRoute

from culpa.collector.receivers._parts import Parts
from culpa.collector.receivers._telling import RowOf

__all__ = ["Parts", "Running", "all_routes", "rows_of_words", "start_all"]


class Running(Protocol):
    """A receiver that listens by itself."""

    @property
    def place(self) -> str:
        """Return what it speaks and where, for people: `OTLP/gRPC on 127.0.0.1:4317`."""
        ...

    def stop(self, grace_s: float) -> Awaitable[None]:
        """Take nothing more, let what is under way end within `grace_s` seconds."""
        ...


def all_routes(parts: Parts) -> list[BaseRoute]:
    """Return the routes of every receiver that has some."""
    return [route for module in _modules() if hasattr(module, "routes") for route in module.routes(parts)]


def rows_of_words() -> dict[str, RowOf]:
    """Return what makes a row of a person's word, by the relation that keeps it."""
    from culpa.collector.receivers.labels import label_row
    from culpa.collector.receivers.problem_states import state_row

    return {"labels": label_row, "problem_states": state_row}


async def start_all(parts: Parts) -> list[Running]:
    """Start every receiver that listens by itself. Errors: OSError when a port is taken."""
    started: list[Running] = []
    for module in _modules():
        if hasattr(module, "start") and (running := await module.start(parts)) is not None:
            started.append(running)
    return started


def _modules() -> list[Any]:
    return [
        import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__) if not found.name.startswith("_")
    ]
