"""A stack trace reads as Python writes it, whichever exception it is of."""

import json
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from culpa.instrumentation.exceptions import stacktext
from culpa.instrumentation.exceptions.stacktext import stack_text


def plain() -> None:
    raise ValueError("plain")


def empty() -> None:
    raise ValueError


def chained() -> None:
    try:
        plain()
    except ValueError as error:
        raise RuntimeError("from it") from error


def during() -> None:
    try:
        chained()
    except RuntimeError:
        {}["missing"]


def suppressed() -> None:
    try:
        plain()
    except ValueError:
        raise LookupError("alone") from None


def in_a_library() -> None:
    json.loads("{nonsense}")


def recursing(depth: int = 30) -> int:
    return recursing(depth - 1) if depth else plain()  # type: ignore[func-returns-value, return-value]


def through_two_lines(depth: int = 12) -> None:
    if depth:
        through_two_lines(depth - 1)
    plain()


def noted() -> None:
    error = ValueError("noted")
    error.add_note("while settling order 7")
    raise error


def misspelt() -> None:
    trace.format_exc()  # type: ignore[name-defined]  # noqa: F821


def no_such_attribute() -> None:
    traceback.format_ex()  # type: ignore[attr-defined]


def group() -> None:
    try:
        plain()
    except ValueError as error:
        raise ExceptionGroup("several", [error, KeyError("other")]) from error


def syntax() -> None:
    compile("a = = b", "shop.py", "exec")


def generated() -> None:
    exec(compile("def f():\n    raise OSError(2, 'gone')\nf()", "<made up>", "exec"))


class Mute(Exception):
    """Cannot say what it is."""

    def __str__(self) -> str:
        raise RuntimeError


def mute() -> None:
    raise Mute


def cycle() -> None:
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    raise one


_ALL = [plain, empty, chained, during, suppressed, in_a_library, recursing, through_two_lines, noted, misspelt]
_ALL += [no_such_attribute, group, syntax, generated, mute, cycle]


def caught(action: Callable[[], Any]) -> BaseException:
    try:
        action()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize("action", _ALL, ids=lambda action: action.__name__)
def test_it_reads_as_python_writes_it(action: Callable[[], Any]) -> None:
    """The first time and from memory."""
    error = caught(action)
    expected = "".join(traceback.format_exception(error))
    assert [expected, expected] == [stack_text(error), stack_text(error)]


def test_one_that_was_never_raised_has_no_frames() -> None:
    """Its last line only."""
    error = ValueError("never")
    assert "".join(traceback.format_exception(error)) == stack_text(error)


def test_the_same_failure_over_and_over_is_one_text_in_memory() -> None:
    """While nothing can be sent, thousands of them wait; others push it out, they do not pile up."""

    def told(words: str) -> str:
        try:
            raise LookupError(words)
        except LookupError as error:
            return stack_text(error)

    assert told("none left") is told("none left")
    for number in range(1000):
        told(f"none left of {number}")
    assert len(stacktext._shared) <= 64
