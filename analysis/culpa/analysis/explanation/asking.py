"""Whoever answers questions: one after the other, or two at once where somebody waits for the whole."""

from collections.abc import Callable
from typing import Protocol, TypeVar

import pyarrow as pa

from culpa.store import Parameter

First = TypeVar("First")
Second = TypeVar("Second")


class Ask(Protocol):
    """Whoever answers the questions in `sql/` by name."""

    def __call__(self, name: str, /, **parameters: Parameter) -> pa.Table:
        """Answer the question in `sql/<name>.sql`."""
        ...


class Both(Protocol):
    """Whoever does two things, neither of which waits for the other."""

    def __call__(self, first: Callable[[], First], second: Callable[[], Second]) -> tuple[First, Second]:
        """Return what both return. Errors: those of either."""
        ...


def in_turn(first: Callable[[], First], second: Callable[[], Second]) -> tuple[First, Second]:
    """Do one after the other."""
    return first(), second()


def remembering(ask: Ask) -> Ask:
    """Return an `ask` that asks nothing twice, for as long as somebody holds it."""
    answers: dict[tuple[str, str], pa.Table] = {}

    def asked(name: str, /, **parameters: Parameter) -> pa.Table:
        key = (name, repr(parameters))
        if key not in answers:
            answers[key] = ask(name, **parameters)
        return answers[key]

    return asked
